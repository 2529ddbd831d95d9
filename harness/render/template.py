"""The Markdown templates beside this file, with the escapes as their filters."""

from typing import Any, Final

from harness.render import escape

_FILTERS: Final = ("plain", "one_line", "prose", "cell", "code", "code_cell", "fence", "quote")


def render(name: str, **values: Any) -> str:
    """Return the template `name` filled with `values`; an unknown name in it is an error, not an empty text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # 60 ms: only where something is written

    # No autoescape: that is HTML's; every foreign value goes through one of our filters instead.
    environment = Environment(
        loader=PackageLoader("harness.render"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update({name: getattr(escape, name) for name in _FILTERS})
    return environment.get_template(name).render(**values)
