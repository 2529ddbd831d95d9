from daybook.book import DayBook
from daybook.storage import load, save


def test_a_book_is_loaded_as_it_was_saved(tmp_path):
    book = DayBook()
    book.write("08:00 gates opened")
    book.write("08:20 first delivery")
    save(book, tmp_path / "monday.book")
    assert list(load(tmp_path / "monday.book")) == list(book)


def test_a_line_removed_from_the_file_is_found(tmp_path):
    book, path = DayBook(), tmp_path / "monday.book"
    for text in ("one", "two", "three"):
        book.write(text)
    save(book, path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[1:]))
    assert load(path).first_break() == 1
