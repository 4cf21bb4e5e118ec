"""What a file says about its tests, in the same words for every language."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace


class Skip(Struct, frozen=True, kw_only=True):
    """Something that keeps a test from counting: a decorator, a call, a tag.

    ``key`` is the same wherever the mark stands and whatever reason it gives; ``shown`` is its source, shortened.
    ``always`` is false where a condition decides. ``word`` completes "test_login is … now".
    """

    key: str
    shown: str
    line: int
    always: bool = True
    reason: str | None = None
    word: str = "skipped"


class Hollow(Struct, frozen=True):
    """An assertion that holds whatever the code does: its source and its line."""

    shown: str
    line: int


class Counted(Struct, frozen=True, kw_only=True):
    """What one test asserts: how often that can fail, how often it compares with a value, and what always holds."""

    assertions: int = 0
    strong: int = 0
    hollow: tuple[Hollow, ...] = ()


class Uncounted:
    """What one test asserts, counted once somebody asks: most tests of a file that changes stay as they were.

    ``source`` is the test itself. ``around`` gives the functions of its file, each with whether it asserts: that is all
    that the count depends on besides.
    """

    def __init__(
        self, source: str, around: Callable[[], frozenset[tuple[str, bool]]], count: Callable[[], Counted]
    ) -> None:
        self._source, self._around, self.count = source, around, count

    def is_as(self, other: Uncounted) -> bool:
        """True where both counts are the same, apart from the lines of what is hollow."""
        if self._source != other._source:
            return False
        differing = self._around() ^ other._around()
        # Python takes some letters for others: such a name is looked for in vain.
        return not differing or (self._source.isascii() and not any(name in self._source for name, _ in differing))


class Borrowed(Struct, frozen=True):
    """What a test has from another module that may skip it: a mark, a call in its body, a fixture."""

    module: str
    name: str
    shown: str
    line: int


class Own(Struct, frozen=True):
    """A name that a file of tests defines itself, and its line."""

    name: str
    line: int


class Test(Struct, frozen=True, kw_only=True):
    """One test. ``name`` is unique to a reader (``TestLogin.test_ok``), ``bare`` its last part.

    ``line`` and ``end`` bound it in its file, from 1. ``assertions`` counts those that can fail, ``strong`` those of
    them that compare with a value. ``cases`` counts the parameters that it is run with. ``digest`` stands for the body
    without its indentation; empty where the body is too short to recognise a test by it. One that ``inherits`` is a
    class without tests of its own, which stands for those that it has from others. While a test is ``uncounted``, it
    bears nothing of what it asserts.
    """

    name: str
    bare: str
    line: int
    end: int
    skips: tuple[Skip, ...] = ()
    marks: tuple[str, ...] = ()
    assertions: int = 0
    strong: int = 0
    hollow: tuple[Hollow, ...] = ()
    cases: int = 0
    digest: str = ""
    inherits: bool = False
    borrows: tuple[Borrowed, ...] = ()
    uncounted: Uncounted | None = None

    def counted(self) -> Test:
        """The test with what it asserts."""
        if self.uncounted is None:
            return self
        count = self.uncounted.count()
        return replace(self, assertions=count.assertions, strong=count.strong, hollow=count.hollow, uncounted=None)


class Shared(Struct, frozen=True, kw_only=True):
    """A skip in what tests share (a fixture, a hook): ``owner`` is the function, ``reaching`` if none can avoid it."""

    owner: str
    skip: Skip
    reaching: bool


class Focus(Struct, frozen=True):
    """A mark that makes a runner leave out every other test: its source, its line, the test it stands on."""

    shown: str
    line: int
    name: str


class Sheet(Struct, frozen=True, kw_only=True):
    """All that one file says.

    ``functions`` names what it defines besides tests, classes included; ``ignored`` what a runner leaves out.
    ``imported`` are its names that stand for those of other modules, ``own`` those that it could put in their place.
    """

    tests: tuple[Test, ...] = ()
    focus: tuple[Focus, ...] = ()
    shared: tuple[Shared, ...] = ()
    functions: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()
    imported: Mapping[str, tuple[str, str]] = {}
    own: tuple[Own, ...] = ()


EMPTY = Sheet()


class UnparsedError(Exception):
    """The file is not of its language, of a version of it that is not known here, or nested too deep to be read."""
