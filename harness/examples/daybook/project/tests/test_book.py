from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from daybook.book import DayBook
from daybook.packing import pack

CLERKS = 4
LINES_PER_REPORT = [480, 780, 660, 360, 960, 540, 720, 600, 420, 840, 300, 900]


def report(clerk, lines):
    crates = (line * line * 7919 % 99991 for line in range(lines))
    return "\n".join(f"report {clerk}, line {line}: {count} crates came in" for line, count in enumerate(crates))


REPORTS = [report(clerk, lines) for clerk, lines in enumerate(LINES_PER_REPORT, start=1)]


def book_of(*texts):
    book = DayBook()
    for text in texts:
        book.write(text)
    return book


def test_pages_stay_in_the_order_in_which_they_were_written():
    assert [page.text for page in book_of("one", "two", "three")] == ["one", "two", "three"]


def test_an_empty_book_has_no_break():
    assert DayBook().first_break() is None


def test_a_changed_page_is_found():
    pages = list(book_of("one", "two", "three"))
    pages[1] = replace(pages[1], packed=pack("another"))
    assert DayBook(pages).first_break() == 2


def test_a_page_taken_out_is_found():
    pages = list(book_of("one", "two", "three"))
    del pages[1]
    assert DayBook(pages).first_break() == 2


def test_reports_of_several_clerks_form_one_chain():
    book = DayBook()
    with ThreadPoolExecutor(max_workers=CLERKS) as clerks:
        list(clerks.map(book.write, REPORTS))
    broken_at = book.first_break()
    assert broken_at is None, "a page does not follow the page before"
