"""Which node id a failure header stands for, where the traceback below it leaves no doubt."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from harness.logs.text.block import Block
from harness.logs.text.doctest_text import TITLE as DOCTEST_TITLE
from harness.logs.text.node_text import is_path, node_id_of
from harness.logs.text.session import Session


def certain_node_id(session: Session, block: Block, *, twin: bool = False) -> str | None:
    """Return the node id of the test under a header, or None if the log does not settle it.

    The traceback must hold a frame of the test function in a test file, whose path is printed relative, lies below
    the rootdir or is known from other ids. A method must besides be shown to belong to that file (by the repr of
    `self`, or by a failure among the file's progress dots), for it may be inherited from a base class elsewhere.
    twin: another failure has the same title and a frame in another file, so neither is inherited.
    """
    if block.phase == "collect":
        return block.title if is_path(block.title) or "/" in block.title else None
    if block.title.startswith(DOCTEST_TITLE):
        return _doctest_id(session, block)
    parts = block.title.partition("[")[0].split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    for printed, module in block.origins:
        path = _as_in_ids(session, printed)
        if path is not None and (twin or _belongs(session, path, module, method=len(parts) > 1)):
            return node_id_of(path, block.title)
    return None


def _doctest_id(session: Session, block: Block) -> str | None:
    """Return the id of a doctest: its title is the id's second half, and its last line names the file."""
    name = block.title.removeprefix(DOCTEST_TITLE)
    path = _as_in_ids(session, (block.location or "").rpartition(":")[0], ending="")
    if path is None:
        return None
    if not path.endswith(".py"):
        return path if path == name else f"{path}::{name}" if PurePosixPath(path).name == name else None
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    modules = (".".join(parts[at:]) for at in range(len(parts)))
    return f"{path}::{name}" if any(name == m or name.startswith(m + ".") for m in modules) else None


def _as_in_ids(session: Session, printed: str, ending: str = ".py") -> str | None:
    """Return a path of a traceback in the form in which ids have it, or None if that is not known."""
    if not is_path(printed) or not printed.endswith(ending):
        return None
    printed = printed.replace("\\", "/")  # ids have slashes on Windows too
    if not printed.startswith("/") and printed[1:2] != ":":
        return printed
    if session.blind:
        return None
    known = next((end for end in _endings(printed) if end in session.files), None)
    if known is not None:
        return known
    if session.outside:
        return None  # run from outside of the rootdir: ids have another form than paths below it
    root = session.rootdir
    return printed[len(root) + 1 :] if root and printed.startswith(root + "/") else None


def _endings(path: str) -> Iterator[str]:
    """Yield what follows each slash of `path`, the longest first."""
    at = path.find("/")
    while at >= 0:
        yield path[at + 1 :]
        at = path.find("/", at + 1)


def _belongs(session: Session, path: str, module: str | None, *, method: bool) -> bool:
    if path in session.failing_files:
        return True
    stem = PurePosixPath(path).stem
    if method:
        return module is not None and module.rpartition(".")[2] == stem
    return stem.startswith("test_") or stem.endswith(("_test", "_tests")) or path in session.files
