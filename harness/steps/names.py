"""Names of branches: from the test's name, with a number where an earlier run has taken it."""

from itertools import count

from harness.domain.slug import slug
from harness.steps.context import Context


def free_name(ctx: Context, step: str, nodeid: str) -> str:
    """Return a name that neither repro/NAME nor fix/NAME has; a killed beginning of this run keeps its own."""
    for earlier in ctx.journal.earlier(step):
        if name := earlier.get("name"):
            return str(name)
    plain = slug(nodeid)
    for number in count(1):
        name = plain if number == 1 else f"{plain}-{number}"
        if not any(ctx.repository.branch(f"{kind}/{name}") for kind in ("repro", "fix")):
            ctx.journal.progress(step, {"name": name})
            return name
    raise AssertionError("counting does not end")
