import pytest

from guestbook.entries import LONGEST, Entry, read_entry


def test_an_entry_has_an_author_and_something_said() -> None:
    assert read_entry({"author": " Author ", "said": "hello"}) == Entry("Author", "hello")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ([], "expected an object"),
        ({"said": "hello"}, "`author` is missing"),
        ({"author": "Author", "said": "x" * (LONGEST + 1)}, "1 to 200 characters"),
    ],
)
def test_what_is_not_an_entry_is_refused_with_the_reason(data: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_entry(data)
