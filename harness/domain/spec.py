"""The input of a run, info.json, as data; what every key means stands in docs/reference/info.md."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.domain.spec_form import refusal
from harness.domain.spec_json import decode
from harness.domain.spec_problem import Problem, SpecErrors
from harness.domain.spec_translation import problems_of, source_problems
from harness.domain.spec_values import (
    EXAMPLE_FILE,
    Command,
    Environment,
    NodeId,
    PatchPath,
    Place,
    Program,
    Prose,
    PytestArgs,
    RawLogs,
    Revision,
    Seconds,
    Url,
    duration_text,
)


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=lambda name: name.replace("_", "-")
    )


class PersonFix(_Part):
    """The run pauses, a person edits the worktree, `repro resume` goes on."""

    by: Literal["person"]


class CommandFix(_Part):
    """A command edits the worktree, without a shell."""

    by: Literal["command"]
    command: Command = Field(description="the program and its arguments; {python} stands for the target's interpreter")


class PatchFix(_Part):
    """A patch file is applied, without fuzz."""

    by: Literal["patch"]
    patch: PatchPath = Field(description="the patch file, or example:NAME/FILE")


Fix = Annotated[PersonFix | CommandFix | PatchFix, Field(discriminator="by")]


class Budget(_Part):
    """Limits in seconds of wall-clock time; a part that is not given never exceeds the total."""

    reproduce: Seconds = Field(300.0, description="for making it fail", json_schema_extra={"default": "5m"})
    fix: Seconds = Field(900.0, description="for all attempts together", json_schema_extra={"default": "15m"})
    total: Seconds = Field(1380.0, description="for the whole run", json_schema_extra={"default": "23m"})

    @model_validator(mode="after")
    def _parts_within_total(self) -> Self:
        for name in ("reproduce", "fix"):
            if name in self.model_fields_set and getattr(self, name) > self.total:
                total = duration_text(self.total)
                raise refusal(f"at most the total of {total}", 'raise "total"', seen=f"{name} exceeds the total")
        return self

    def within_total(self) -> Self:
        """Return the budget with every part cut to the total."""
        return self.model_copy(update={"reproduce": min(self.reproduce, self.total), "fix": min(self.fix, self.total)})


class Verify(_Part):
    """How sure the proof has to be; both are fractions."""

    confidence: float = Field(0.95, ge=0.5, lt=1, description="of the statements made, as a fraction")
    max_rate: float | None = Field(
        None, gt=0, lt=1, description="show the failure rate after the fix below this fraction; default: no such demand"
    )


class Spec(_Part):
    """What a person asks of a run. Paths are as typed: relative ones are meant from the folder one stands in."""

    deterministic: bool = Field(description="true if the failure comes every time, false if it comes and goes")
    prompt: Prose = Field(description="what is wrong or wanted, in a person's words")
    url: Url | None = Field(None, description="where the CI log is")
    raw_logs: RawLogs | None = Field(
        None, description="the CI log: a path, a folder, - for standard input, example:NAME/FILE, or the text itself"
    )
    existing_test_path: NodeId | None = Field(
        None, description="a test of the repository that shows the failure; the reproduction is skipped"
    )
    repository: Place = Field(".", description="the folder of the git repository, or example:NAME")
    base: Revision | None = Field(None, description="where the fix starts; default: the repository's default branch")
    commit: Revision | None = Field(None, description="the commit that CI ran; default: base")
    python: Program | None = Field(
        None, description="the interpreter that runs the tests; default: the one that runs repro"
    )
    setup: tuple[Command, ...] = Field(
        (),
        strict=False,
        description="commands that prepare a checkout, without a shell; {python} stands for the target's interpreter",
    )
    pytest_args: PytestArgs = Field((), description="further arguments for every pytest run")
    env: Environment = Field({}, description="environment variables for tests, setup and fix command")
    fix: Fix = Field(
        PersonFix(by="person"), description="who or what fixes it", json_schema_extra={"default": {"by": "person"}}
    )
    attempts: int = Field(5, ge=1, le=100, description="how often a fix may be tried")
    budget: Budget = Field(
        Budget(), description="wall-clock limits", json_schema_extra={"default": Budget().model_dump(mode="json")}
    )
    verify: Verify = Field(
        Verify(), description="what the proof must show", json_schema_extra={"default": {"confidence": 0.95}}
    )
    keep_test: bool = Field(False, description="leave the reproduction test in the fix branch")

    def to_json(self) -> dict[str, Any]:
        """Return the spec as a JSON object with every default written out; `parse_data` of it is equal to this."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @property
    def example(self) -> str | None:
        """The embedded example that `repository` names, or None."""
        return self.repository.removeprefix("example:") if self.repository.startswith("example:") else None

    @staticmethod
    def example_of(path: str) -> tuple[str, str] | None:
        """Return (example, file) of `example:NAME/FILE`, or None for a path of the file system."""
        match = re.search(EXAMPLE_FILE, path)
        return (match[1], match[2]) if match else None


def with_python(argv: tuple[str, ...], python: str) -> tuple[str, ...]:
    """Return `argv` with every `{python}` replaced by the path of the target's interpreter."""
    return tuple(word.replace("{python}", python) for word in argv)


def parse_spec(text: str, source: str) -> Spec:
    """Return the spec that the JSON `text` of `source` (a name for messages) means.

    Raises SpecErrors with all problems at once.
    """
    decoded = decode(text)
    if not decoded.usable:
        raise SpecErrors(source, decoded.problems)
    return _parse(decoded.data, source, decoded.problems)


def parse_data(data: Mapping[str, Any], source: str) -> Spec:
    """Return the spec that already decoded JSON `data` means; raises SpecErrors with all problems at once."""
    return parse_spec(json.dumps(data), source)


def _parse(data: Any, source: str, found: tuple[Problem, ...]) -> Spec:
    problems = [*found, *source_problems(data)]
    try:
        # By way of bytes: only there does strict mode take a JSON list for a tuple; half characters are reported above.
        spec = Spec.model_validate_json(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
    except ValidationError as error:
        known = {problem.path for problem in problems}
        problems += [problem for problem in problems_of(error, Spec) if problem.path not in known]
    if problems:
        raise SpecErrors(source, problems)
    return spec.model_copy(update={"budget": spec.budget.within_total()})
