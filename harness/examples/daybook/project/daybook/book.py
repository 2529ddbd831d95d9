"""The day book: pages that follow each other in one chain."""

from .packing import pack
from .page import COVER, Page


class DayBook:
    def __init__(self, pages=()):
        self._pages = list(pages)

    def __len__(self):
        return len(self._pages)

    def __iter__(self):
        return iter(self._pages)

    def write(self, text):
        """Add a page with this text."""
        packed = pack(text)
        last = self._pages[-1].seal if self._pages else COVER
        self._pages.append(Page.after(last, packed))

    def first_break(self):
        """The number of the first page that was changed or does not follow the page before, or None."""
        last = COVER
        for number, page in enumerate(self._pages, start=1):
            if page.follows != last or not page.is_intact():
                return number
            last = page.seal
        return None
