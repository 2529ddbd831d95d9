import pytest

from daybook.packing import pack, unpack


@pytest.mark.parametrize("text", ["", "one line", "two\nlines", "naïve café"])
def test_a_text_comes_back_as_it_was_packed(text):
    assert unpack(pack(text)) == text


def test_a_text_that_was_cut_short_is_noticed():
    with pytest.raises(ValueError, match="cannot be read"):
        unpack(pack("08:00 gates opened")[:-5])
