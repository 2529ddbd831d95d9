"""What a run knows so far: one fact per finished step, as JSON and back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from pydantic import TypeAdapter

from harness.domain.attempt import Fix, Removal
from harness.domain.baseline import Baseline
from harness.domain.checkout import Checkout
from harness.domain.intake import Intake
from harness.domain.reproduction_test import FixBranch, ReproductionTest
from harness.domain.verification import Verification

Fact = Intake | Checkout | Baseline | ReproductionTest | FixBranch | Fix | Verification | Removal

_TYPES: Final[dict[str, type[Any]]] = {
    "intake": Intake,
    "checkout": Checkout,
    "reproduce": Baseline,
    "write_test": ReproductionTest,
    "fix_branch": FixBranch,
    "fix": Fix,
    "verify": Verification,
    "remove_test": Removal,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """One member per step, None until the step is finished; `verify` may hold a rejection of `fix`."""

    intake: Intake | None = None
    checkout: Checkout | None = None
    reproduce: Baseline | None = None
    write_test: ReproductionTest | None = None
    fix_branch: FixBranch | None = None
    fix: Fix | None = None
    verify: Verification | None = None
    remove_test: Removal | None = None

    @classmethod
    def of(cls, finished: Mapping[str, Mapping[str, Any]]) -> "Facts":
        """Return the facts that the journal's finished events describe."""
        return cls(**{step: read_fact(step, data) for step, data in finished.items() if step in _TYPES})


def fact_json(fact: Fact) -> dict[str, Any]:
    """Return `fact` as a JSON object."""
    return asdict(fact)


def read_fact(step: str, data: Mapping[str, Any]) -> Any:
    """Return the fact that `fact_json` wrote for `step`."""
    return TypeAdapter(_TYPES[step]).validate_python(dict(data))
