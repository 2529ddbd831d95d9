"""From a failed doctest to its identity: the example is what failed, not the machinery that ran it."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_repro.core.message import normalise
from pytest_repro.core.signature import Signature

if TYPE_CHECKING:
    import doctest


def doctest_failure(error: BaseException) -> "doctest.DocTestFailure | doctest.UnexpectedException | None":
    """Return the first failed example behind `error`, None for anything but a doctest's failure."""
    if "doctest" not in sys.modules:  # then nobody ran one
        return None
    import doctest

    several = getattr(error, "failures", None)  # pytest's own collection of them
    first = several[0] if isinstance(several, list) and several else error
    return first if isinstance(first, doctest.DocTestFailure | doctest.UnexpectedException) else None


def doctest_words(failure: "doctest.DocTestFailure | doctest.UnexpectedException") -> tuple[str, str]:
    """Return the exception's type name and its message."""
    import doctest

    if isinstance(failure, doctest.UnexpectedException):
        kind, error = failure.exc_info[0], failure.exc_info[1]
        return kind.__qualname__ if kind is not None else "Exception", str(error)
    return "DocTestFailure", f"expected {failure.example.want.strip()!r}, got {failure.got.strip()!r}"


def doctest_signature(failure: "doctest.DocTestFailure | doctest.UnexpectedException", root: Path) -> Signature:
    """Return the identity: the example's source and its place in the docstring."""
    kind, message = doctest_words(failure)
    file, example = failure.test.filename or "", failure.example
    path = os.path.relpath(file, root).replace(os.sep, "/") if file.startswith(str(root) + os.sep) else file
    return Signature(kind, normalise(message), path, failure.test.name, example.lineno, example.source.strip())


def doctest_line(failure: "doctest.DocTestFailure | doctest.UnexpectedException") -> int:
    """Return the example's line in its file, 0 where that is unknown."""
    return failure.test.lineno + failure.example.lineno + 1 if failure.test.lineno is not None else 0
