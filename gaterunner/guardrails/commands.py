"""A shell text as the simple commands that it may run: conservative, never executed, nothing of it expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

_TOKEN = re.compile(
    r"""(?xs)
    (?P<blank>[ \t\r]+ | \\\n)
  | (?P<comment>(?<![^\s;&|(){}])\#[^\n]*)
  | (?P<break>&&|\|\||[;&|\n()`]|\$\()
  | (?P<word>(?: [^\s;&|()`"'\\$] | \\. | "(?:\\.|[^"\\])*" | '[^']*' | \$(?!\() )+)
  | (?P<other>.)
    """
)
_QUOTED = re.compile(r"""(?s)"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)""")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_KEYWORDS = frozenset(
    {"if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "in", "@", "-"}
)
# Programs that run the rest of their words; options are left out, and one more word where it is a value.
_WRAPPERS_NAMES = """
    env time nice nohup exec command builtin sudo doas xvfb-run stdbuf ionice chrt setsid cross-env dotenv
    npx bunx pnpx retry unbuffer caffeinate direnv firejail strace ltrace winpty xargs then
"""
_WRAPPERS = frozenset(_WRAPPERS_NAMES.split())
_RUN = {
    "uv": "run", "poetry": "run", "pipenv": "run", "rye": "run", "pixi": "run", "conda": "run", "micromamba": "run",
    "bundle": "exec", "mise": "exec", "asdf": "exec", "nix": "develop", "rtk": "run", "coverage": "run",
}  # fmt: skip
_NUMBER = re.compile(r"\d+(?:\.\d+)?[smhd]?")
_MAX_WORDS = 20_000
_TIMEOUT_WORDS = 4


class Command(Struct, frozen=True):
    """One simple command: its program and the words behind it; variables assigned before it are left out."""

    program: str
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The program without its folder."""
        return self.program.rpartition("/")[2]

    def arguments(self) -> tuple[str, ...]:
        """The words that are no options."""
        return tuple(word for word in self.words if not word.startswith("-"))

    def value(self, *options: str) -> str | None:
        """The value of an option, given as ``-f x``, ``-fx`` for one letter, ``--file x`` or ``--file=x``."""
        for number, word in enumerate(self.words):
            for option in options:
                if word == option and number + 1 < len(self.words):
                    return self.words[number + 1]
                joined = option if len(option) == 2 and not option.startswith("--") else f"{option}="  # noqa: PLR2004 - `-f`
                if word.startswith(joined) and len(word) > len(joined):
                    return word[len(joined) :]
        return None


def commands(text: str) -> Iterator[Command]:
    """The simple commands of a text, in order, those of command substitutions and of ``bash -c`` among them."""
    for words in _lines_of_words(text):
        command = _unwrapped(words)
        if command is None:
            continue
        yield command
        if command.name in _SHELLS or command.name == "eval":
            inner = (
                command.value("-c", "-ec", "-lc", "-euc", "-xc") if command.name != "eval" else " ".join(command.words)
            )
            if inner:
                yield from commands(inner)


_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ksh", "ash"})


def _lines_of_words(text: str) -> Iterator[list[str]]:
    words: list[str] = []
    for count, match in enumerate(_TOKEN.finditer(text)):
        if count > _MAX_WORDS:
            break
        if match.lastgroup == "word":
            words.append(_unquoted(match["word"]))
        elif match.lastgroup == "break" and words:
            yield words
            words = []
    if words:
        yield words


def _unquoted(word: str) -> str:
    return _QUOTED.sub(lambda found: next((part for part in found.groups() if part is not None), ""), word)


def _unwrapped(words: list[str]) -> Command | None:
    rest = list(words)
    while rest:
        word = rest[0].lstrip("@-") if rest[0].startswith(("@", "-@")) else rest[0]
        name = word.rpartition("/")[2]
        if word in _KEYWORDS or _ASSIGNMENT.match(word) or word.startswith("-") or not word or name in _WRAPPERS:
            rest.pop(0)
        elif name == "timeout":
            rest = _after_number(rest[1:])
        elif _RUN.get(name) in rest[1:3]:
            rest = rest[rest.index(_RUN[name]) + 1 :]
        else:
            return Command(word, tuple(rest[1:]))
    return None


def _after_number(words: list[str]) -> list[str]:
    """What stands behind the duration of ``timeout``, whose options may take another one."""
    last = max((number for number, word in enumerate(words[:_TIMEOUT_WORDS]) if _NUMBER.fullmatch(word)), default=-1)
    return words[last + 1 :]
