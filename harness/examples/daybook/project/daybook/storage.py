"""Day books in files: one page a line, as JSON."""

import base64
import json

from .book import DayBook
from .page import Page


def save(book, path):
    with path.open("w", encoding="ascii") as file:
        for page in book:
            packed = base64.b64encode(page.packed).decode("ascii")
            file.write(json.dumps({"follows": page.follows, "packed": packed, "seal": page.seal}) + "\n")


def load(path):
    """The book as it was saved; whether it was changed since is for `first_break` to say."""
    with path.open(encoding="ascii") as file:
        return DayBook(_page(json.loads(line)) for line in file)


def _page(fields):
    return Page(fields["follows"], base64.b64decode(fields["packed"]), fields["seal"])
