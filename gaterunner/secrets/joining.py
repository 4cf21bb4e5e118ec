"""Which contents are searched in one go. Pure.

A call of the engine costs as much as searching 3 KB (measured with kingfisher-secret-scanner 1.5.0), and of the parts
of a long history, which have 1.5 KB, one in 200 holds anything. So many are searched as one text, and only where that
shows anything each of them alone: findings are those of searching each alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

TOGETHER = 32 * 1024
"""How many bytes are searched as one text: with more, more is searched twice; with fewer, there are more calls."""

# No pattern of the catalogue goes from one content into the next: what stands in one line ends, so does what stands in
# quotes or brackets, words that may stand up to 100 bytes or six lines apart are further apart, and none is like this.
SEPARATOR = b"\n\"'`{}<>:;/" * 12 + b"\n"

NamedContent = tuple[str, bytes]


def groups(contents: Iterable[NamedContent]) -> Iterator[list[NamedContent]]:
    """The same in their order, as many at a time as are searched as one text; what is larger comes alone."""
    group: list[NamedContent] = []
    size = 0
    for content in contents:
        length = len(content[1])
        if group and size + length > TOGETHER:
            yield group
            group, size = [], 0
        group.append(content)
        size += length
    if group:
        yield group


def may_be_joined(data: bytes) -> bool:
    """True for text of which nothing has to be unpacked, and that means the same wherever it stands."""
    from gaterunner.secrets import archives  # with the archives of the standard library, where contents are searched

    return len(data) <= TOGETHER and data.isascii() and b"\0" not in data and archives.is_plain(head=data, tail=data)
