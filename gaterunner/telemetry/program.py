"""Of a gate's command, what may leave the machine: the name of its program, and none of its arguments."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_BEFORE_IT = frozenset({"env", "exec", "time", "nice", "command", "!", "{", "("})
_BEFORE_IT |= {"if", "elif", "then", "else", "while", "until", "do"}
_OF_THE_SHELL = frozenset({"for", "select", "case", "function", "[[", "in", "esac", "fi", "done"})
_PREPARATION = frozenset({"set", "export", "unset", "cd", "source", ".", "umask", "ulimit", "trap", ":"})
_LONGEST_LOOKED_AT = 4096


def program_of(command: str) -> str | None:
    """The first program that a shell command runs, without its folder; None where that cannot be told for sure."""
    try:
        for words in _commands(command[:_LONGEST_LOOKED_AT]):
            own = [each for each in words if not _ASSIGNMENT.match(each)]
            word = next((each for each in own if each not in _BEFORE_IT), own[-1] if own else None)
            if word is None or word in _PREPARATION:
                continue
            if word in _OF_THE_SHELL or any("$(" in each or "`" in each for each in words[: words.index(word)]):
                return None  # the words that follow may be any
            name = word.rpartition("/")[2]
            return name if _NAME.fullmatch(name) else None
    except ValueError:  # an open quote
        pass
    return None


def _commands(text: str) -> Iterator[list[str]]:
    """The words of each simple command."""
    for line in text.replace("\\\n", " ").splitlines():
        words: list[str] = []
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|")
        lexer.whitespace_split = True
        for word in lexer:
            if word and set(word) <= set(";&|"):
                yield words
                words = []
            else:
                words.append(word)
        yield words
