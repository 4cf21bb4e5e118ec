"""Where the words stand without which nothing is written: a file without one on an added line need not be read.

Bytes are searched by expressions that are compiled once for each language. They find more than the readers do and never
less: whatever a reader finds has such a word between its first and its last line, or is called by a name that was given
to one. Each way to write begins with a letter of its own, by which the engine of expressions leaps over what does not.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache

from msgspec import Struct

from gaterunner.model import Hunk
from gaterunner.weakening.paths import extension

# Beyond these, a file is read rather than looked at for longer.
_LONGEST_CALL = 5_000
_MOST_HITS = 500
_TEXT = rb"""(?:"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')"""
_NAME = rb"[\w.\s]*+\)"  # nothing, or what has a name of its own: not composed here
_NEVER = rb"(?!)"
_DOT = ord(".")
_LONGEST_HEAD = 1_000
_LOGGERS = rb"[lL][oO][gG]"
_OWNER = re.compile(_LOGGERS)
_SPLIT = rb"[ \t]*(?:\\\n|\#|//|/\*)"  # what else may stand between a dot and a name


class _Way(Struct, frozen=True):
    """``words`` is looked for where ``needs`` stands somewhere in the file; ``logs`` says that a logger writes it."""

    needs: re.Pattern[bytes]
    words: bytes
    logs: bool = False


class Words(Struct, frozen=True, kw_only=True):
    """What is looked for in one language.

    ``step`` matches what matters to where a call ends, ``owner`` a part of a logger's name. ``named`` matches what may
    give a name to what writes, ``makes`` what makes a logger, and ``usual`` the same where it gives it to a name that
    ``owner`` matches. ``is_chained`` says that a call begins with the first line of what it is called on.
    """

    ways: tuple[_Way, ...]
    step: re.Pattern[bytes]
    owner: re.Pattern[bytes] = _OWNER
    named: re.Pattern[bytes] | None = None
    makes: re.Pattern[bytes] | None = None
    usual: re.Pattern[bytes] | None = None
    is_chained: bool = False

    def hits(self, data: bytes, *, by_its_tokens: bool = False) -> Iterator[re.Match[bytes]]:
        """What may write in a file, in its order; or what may log in one that is read by its tokens alone."""
        ways = [way for way in self.ways if way.logs or not by_its_tokens]
        words = b"|".join(way.words for way in ways if way.needs.search(data))
        if not words:
            return
        by_anyone = False if by_its_tokens else None
        for hit in _compiled(words).finditer(data):
            if data[hit.start()] == _DOT and not self._is_owned(data, hit.start()):
                if by_anyone is None:
                    by_anyone = self._makes_others(data)
                if not by_anyone:
                    continue
            yield hit

    def _is_owned(self, data: bytes, at: int) -> bool:
        """Whether a logger may stand before a dot."""
        begin = data.rfind(b"\n", max(0, at - _LONGEST_HEAD), at) + 1
        if not begin and at > _LONGEST_HEAD:
            return True
        head = data[begin:at]
        return self.owner.search(head) is not None or b"*/" in head or _is_chained(data, at)

    def _makes_others(self, data: bytes) -> bool:
        """Whether names stand for loggers by which nobody knows one."""
        if self.makes is None or self.usual is None:
            return False
        return len(self.makes.findall(data)) > len(self.usual.findall(data))


@cache
def _compiled(words: bytes) -> re.Pattern[bytes]:
    return re.compile(words)


def _way(needs: bytes, *words: bytes, logs: bool = False) -> _Way:
    return _Way(re.compile(needs), b"|".join(words), logs)


def _step(*literals: bytes) -> re.Pattern[bytes]:
    signs = (rb"(?P<open>[(\[{])", rb"(?P<close>[)\]}])", rb"(?P<line>\n)", rb"(?P<end>;)")
    return re.compile(b"|".join((*literals, *signs)), re.DOTALL)


def _call(names: bytes, *, constant: bytes = _NEVER, unless: bytes = _NEVER) -> bytes:
    """A call by one of these names; not where its message has a name of its own, or is ``constant``.

    ``unless`` is a name of a fixed length whose methods are none of these.
    """
    return rb"\.(?<!%b\.)(?:%b|\s*(?:%b)\b(?=\s*[(\[)\\#/])(?!\s*\(\s*(?:%b|%b)))" % (
        *(unless, _SPLIT, names, _NAME, constant),
    )


# In a sentence, or where it is asked for: what follows a name in Python is no other one.
_SPOKEN = rb"\s*[.:=]|[ \t]+(?!(?:as|if|else|for|and|or|in|is|not)\b)[\"'\w]"
_MAKERS = rb"(?:get(?:Logger|_logger|Child|_task_logger)\b|bind\b)"
_MAY_LOG = _LOGGERS + rb"|getChild|bind"
# As long as a list may be before it is taken for one that has it.
_IMPORTED_WRITE = rb"from\s+os\s+import\b\s*(?:\([^)]{0,299}?|(?:[^\n\\]|\\\n){0,299}?)\bwrite\b"
_IMPORTED_WRITE += rb"|from\s+os\s+import\b\s*(?:\([^)]{299}|(?:[^\n\\]|\\\n){299})"
_HASH = rb"(?P<comment>\#[^\n]*)"
_SLASHES = rb"(?P<comment>//[^\n]*|/\*.*?\*/)"
_SLASH = rb"(?P<unknown>/)"  # of an expression, or of a division
_TRIPLE = rb'"""(?:[^"\\]++|\\.|"(?!""))*+"""|' + rb"'''(?:[^'\\]++|\\.|'(?!''))*+'''"

_PYTHON = Words(
    ways=(
        _way(
            rb"print|std(?:out|err)",
            rb"print(?<!\wprint)(?:\b|_(?:exc|last|stack|tb))(?!" + _SPOKEN + rb")",
            rb"pp(?<!\wpp)(?:rint)?\b(?!" + _SPOKEN + rb")",
            rb"std(?:out|err)",
        ),
        _way(rb"write", rb"os(?<!\wos)\s*\.\s*write\b", rb"os\s+as\b", _IMPORTED_WRITE),
        _way(
            _MAY_LOG,
            # With `msg=` and its like behind it, a text is not the message.
            _call(
                rb"debug|info|warn(?:ing)?|error|critical|exception|fatal|trace|success",
                constant=rb"[rRuU]?" + _TEXT + rb"\s*(?:\)|,[^=()\n\"'#]*\))",
            ),
            _call(rb"log"),
            logs=True,
        ),
        _way(rb"getattr", rb"getattr\b(?!\s*\((?:[^()\n]|\([^()\n]*\))*+\)\s*[^\s(\[.)\\#])"),
    ),
    step=_step(_TRIPLE, _TEXT, _HASH),
    makes=re.compile(_MAKERS),
    usual=re.compile(_LOGGERS + rb"(?:ger|s|ging|GER)?\s*=\s*(?:[\w.]+\.)?" + _MAKERS),
    named=re.compile(
        rb"(?:print(?<!\wprint)(?:_(?:exc|exception|last|stack|tb))?|pp(?<!\wpp)(?:rint)?)\b"
        rb"(?!\s*[(\"']|" + _SPOKEN + rb")"
        rb"|std(?:out|err)(?:__)?\b(?!\s*(?:=|\.\s*\w+\s*\())|os(?<!\wos)\s+as\b"
        rb"|" + _IMPORTED_WRITE
    ),
    is_chained=True,
)
_JAVASCRIPT = Words(
    ways=(
        _way(rb"console", rb"console(?<!\wconsole)\b"),
        _way(rb"std(?:out|err)", rb"process(?<!\wprocess)\b"),
        _way(rb"writeSync", rb"writeSync\b"),
        _way(
            _LOGGERS,
            _call(
                rb"trace|debug|info|warn(?:ing)?|error|fatal|critical|verbose|silly|http|notice|log|success",
                constant=_TEXT + rb"\s*[,)]",
            ),
            rb"\]\s*\((?!\s*" + _NAME + rb")",
            logs=True,
        ),
    ),
    step=_step(_TEXT, rb"`(?:[^`\\]++|\\.)*+`", _SLASHES, _SLASH),
)
_GO_LEVEL = rb"(?:Trace|Debug|Info|Warn|Warning|Error|Critical|Notice|Log|Print)"
_GO = Words(
    ways=(
        _way(
            rb"[pP]rint|Dump|Std(?:out|err)",
            rb"[pP]rint(?<!\w\w[pP]rint)(?<![^\WF][pP]rint)(?:f|ln)?\b",
            rb"PrintStack\b",
            rb"Dump\b",
            rb"Std(?:out|err)\b",
        ),
        _way(rb"Std(?:out|err)\b", rb"Write(?<!\wWrite)(?:String)?\b"),
        _way(
            rb"[lL][oO][gG]|zap|sugar",
            _call(_GO_LEVEL + rb"w?|Msg", constant=_TEXT + rb"\s*[,)]"),
            _call(_GO_LEVEL + rb"(?:f|ln)|Msgf", constant=_TEXT + rb"\s*\)", unless=rb"\bfmt"),
            _call(_GO_LEVEL + rb"Context|Log|LogAttrs"),
            logs=True,
        ),
    ),
    owner=re.compile(rb"[lL][oO][gG]|zap|sugar"),
    step=_step(rb"`[^`]*`", _TEXT, _SLASHES),
)
_RUBY = Words(
    ways=(
        _way(
            rb"puts|p|warn",
            rb"(?:puts|pp?|print|ap|printf|putc|warn)(?<![\w.@$]puts)(?<![\w.@$]p)(?<![\w.@$]pp)(?<![\w.@$]print)"
            rb"(?<![\w.@$]ap)(?<![\w.@$]printf)(?<![\w.@$]putc)(?<![\w.@$]warn)\b[ \t]*+[\w@$\"'(\[%<?/`\x80-\xff]",
            rb":\s*(?:puts|pp?|print)\b",
        ),
        _way(rb"std|STD|Kernel", rb"\$std(?:out|err)|STD(?:OUT|ERR)|Kernel"),
        _way(
            _LOGGERS,
            rb"\.(?:" + _SPLIT + rb"|\s*(?:debug|info|warn|error|fatal|unknown|add)\b"
            rb"(?!\(\s*(?:" + _NAME + rb"|'[^'\\\n]*'\s*\)|\"[^\"\\\n#]*\"\s*\))))",
            logs=True,
        ),
    ),
    step=_step(_TEXT, _HASH, _SLASH),
)
_JAVA = Words(
    ways=(
        _way(rb"print", rb"print"),
        _way(rb"dumpStack", rb"dumpStack"),
        _way(rb"System\s*(?:\.\s*(?:out|err|console|/)|/)", rb"System\b"),
        _way(
            rb"System\s*(?:\.\s*(?:out|err|/)|/)|java\.lang\.System\.",
            rb"(?:format|append|write)\s*\(",
        ),
        _way(
            _LOGGERS,
            _call(
                rb"trace|debug|info|warn|error|fatal|severe|warning|config|fine|finer|finest",
                constant=_TEXT + rb"\s*[,)]",
            ),
            _call(rb"log"),
            logs=True,
        ),
    ),
    step=_step(_TRIPLE, _TEXT, _SLASHES),
)
_WORDS = {
    "py": _PYTHON,
    "go": _GO,
    "java": _JAVA,
    "rb": _RUBY,
    **dict.fromkeys(("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"), _JAVASCRIPT),
}


def may_write(path: str, data: bytes) -> bool:
    """False for what holds nothing that a reader could find."""
    return any(_WORDS[extension(path)].hits(data))


def may_log(path: str, data: bytes) -> bool:
    """False for what holds no call of a logger that could be found by tokens, which know one by its name alone."""
    return any(_WORDS[extension(path)].hits(data, by_its_tokens=True))


def may_write_in(path: str, data: bytes, added: Sequence[Hunk]) -> bool:
    """False where a reader could find nothing that has a line among these, which are in order."""
    language = _WORDS[extension(path)]
    if not added:
        return False
    starts = [hunk.new_start for hunk in added]
    line, counted = 1, 0
    for number, hit in enumerate(language.hits(data)):
        line += data.count(b"\n", counted, hit.start())
        counted = hit.start()
        last = line + hit[0].count(b"\n")
        before = bisect_right(starts, last)
        if before and added[before - 1].new_start + added[before - 1].new_count > line:
            return True
        if number == _MOST_HITS:
            return True
        if before < len(starts) and _reaches(language.step, data, hit.start() + 1, starts[before] - line):
            return True
        if before and language.is_chained and _is_chained(data, hit.start()):
            return True
    return language.named is not None and language.named.search(data) is not None


def _is_chained(data: bytes, at: int) -> bool:
    """Whether what is called here may begin on a line above."""
    begin = data.rfind(b"\n", 0, at) + 1
    head = data[begin:at].strip()
    if not head:
        return data[at : at + 1] == b"." or data[max(0, begin - _MOST_BLANK) : begin].rstrip(b" \t\r\n\\").endswith(
            b"."
        )
    return head.startswith(b".") or any(head.count(closing) > head.count(opening) for opening, closing in _BRACKETS)


_MOST_BLANK = 200
_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))


def _reaches(step: re.Pattern[bytes], data: bytes, at: int, lines: int) -> bool:
    """Whether the call with a word goes on for so many lines; true where that cannot be told."""
    depth, comment = 0, None
    for piece in step.finditer(data, at, at + _LONGEST_CALL):
        kind = piece.lastgroup
        depth += (kind == "open") - (kind == "close")
        if depth < 0 or (kind == "end" and not depth):
            return False
        if kind == "comment":
            comment = piece.start()
        elif kind == "line" and not depth and not _goes_on(data[at : comment or piece.start()], data, piece.end()):
            return False
        lines -= piece[0].count(b"\n")
        if lines <= 0 or kind == "unknown":
            return True
        comment = comment if kind == "comment" else None
    return at + _LONGEST_CALL < len(data)


_GOES_ON = frozenset({b",", b"+", b"\\", b".", b"%"})  # at the end of a line
_FOLLOWS = re.compile(rb"\s*[.(\[{?:\"'`]")  # at the beginning of one


def _goes_on(statement: bytes, data: bytes, following: int) -> bool:
    """Whether a statement goes on behind the end of a line."""
    return statement.rstrip()[-1:] in _GOES_ON or _FOLLOWS.match(data, following) is not None
