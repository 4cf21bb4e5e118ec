"""What a file says about its tests, in the same words for every language."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


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
    class without tests of its own, which stands for those that it has from others.
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
