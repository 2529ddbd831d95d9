"""Which node id a failure header stands for, where the traceback below it leaves no doubt."""

from pathlib import PurePosixPath

from harness.logs.block import Block
from harness.logs.node_text import is_path, node_id_of
from harness.logs.session import Session


def certain_node_id(session: Session, block: Block) -> str | None:
    """Return the node id of the test under a header, or None if the log does not settle it.

    The traceback must hold a frame of the test function in a test file, whose path is printed relative, lies below
    the rootdir or is known from other ids. A method must besides be shown to belong to that file (by the repr of
    `self`, or by a failure among the file's progress dots), for it may be inherited from a base class elsewhere.
    """
    if block.phase == "collect":
        return block.title if is_path(block.title) or "/" in block.title else None
    parts = block.title.partition("[")[0].split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    for printed, module in block.origins:
        path = _as_in_ids(session, printed)
        if path is not None and _belongs(session, path, module, method=len(parts) > 1):
            return node_id_of(path, block.title)
    return None


def _as_in_ids(session: Session, printed: str) -> str | None:
    """Return a path of a traceback in the form in which ids have it, or None if that is not known."""
    if not is_path(printed) or not printed.endswith(".py"):
        return None
    printed = printed.replace("\\", "/")  # ids have slashes on Windows too
    if not printed.startswith("/") and printed[1:2] != ":":
        return printed
    known = [file for file in session.files if printed.endswith("/" + file)]
    if known:
        return max(known, key=len)
    root = session.rootdir
    return printed[len(root) + 1 :] if root and printed.startswith(root + "/") else None


def _belongs(session: Session, path: str, module: str | None, *, method: bool) -> bool:
    if path in session.failing_files:
        return True
    stem = PurePosixPath(path).stem
    if method:
        return module is not None and module.rpartition(".")[2] == stem
    return stem.startswith("test_") or stem.endswith(("_test", "_tests")) or path in session.files
