"""Go: ``fmt.Print`` and its like, and messages that are composed before a logger sees them, or by it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.observability.code_calls import aliases, called, composed, is_logger, output
from gaterunner.observability.found import Output
from gaterunner.weakening.code import Code
from gaterunner.weakening.tokens import GO

_PRINTS = frozenset({"fmt.Print", "fmt.Println", "fmt.Printf", "spew.Dump", "debug.PrintStack"})
_PRINTS |= {"os.Stdout.WriteString", "os.Stderr.WriteString"}
_TO_STREAM = frozenset({"fmt.Fprint", "fmt.Fprintln", "fmt.Fprintf", "io.WriteString"})
_STREAMS = frozenset({"os.Stdout", "os.Stderr"})
_BUILTIN = frozenset({"print", "println"})

_LOGGERS = frozenset({"slog", "logrus", "klog", "glog", "zap", "sugar", "zlog", "zerolog"})
_NAMES = ("Trace", "Debug", "Info", "Warn", "Warning", "Error", "Critical", "Notice", "Log", "Print")
_LEVELS = frozenset({*_NAMES, *(f"{name}Context" for name in _NAMES), *(f"{name}w" for name in _NAMES), "Msg"})
_LEVEL_GIVEN = frozenset({"Log", "LogAttrs"})  # of slog, behind a context and a level
_REFINES = re.compile(r"^(?:With\w*|Named|Ctx|Sugar|Logger|Log|[LSV])\(\)$")
_FMT = re.compile(r"(?m)^[ \t]*(?:import[ \t]+)?([\w.]+)[ \t]+\"fmt\"")
# log.Fatal and its like end the program: its last words are for whoever started it.
_FORMATTING = frozenset({*(f"{name}f" for name in _NAMES), *(f"{name}ln" for name in _NAMES), "Msgf"})
_EVENTS = frozenset({"Msg", "Msgf"})  # zerolog: log.Info().Str("key", value).Msg("text")
_HANDED_ON = frozenset({")", ","})
_FORMATS = re.compile(r"^(?:fmt\.Sprint(?:f|ln)?|fmt\.Errorf|strings\.Join)$")

_FRAMEWORK = re.compile(
    r"\"(?:flag|github\.com/(?:spf13/(?:cobra|pflag)|urfave/cli|alecthomas/(?:kingpin|kong)|jessevdk/go-flags"
    r"|alexflint/go-arg|mitchellh/cli|hashicorp/cli|peterbourgon/ff|charmbracelet/\w+|docopt/docopt-go)"
    r"|gopkg\.in/(?:alecthomas/kingpin|urfave/cli))[\w./-]*\"|\bos\.Args\b"
)


def is_program(text: str) -> bool:
    """Whether a file says itself that it is a command line program."""
    return _FRAMEWORK.search(text) is not None


def read(text: str) -> tuple[Output, ...]:
    """What a file writes."""
    renamed = _FMT.search(text)
    fmt = renamed[1] if renamed is not None else "fmt"
    return tuple(_outputs(Code(text, GO), is_program=is_program(text), fmt=fmt))


def _outputs(code: Code, *, is_program: bool, fmt: str) -> Iterator[Output]:
    streams = _STREAMS | aliases(code, _STREAMS)
    for at in range(1, code.size):
        if code.text(at) != "(" or code.kind(at - 1) != "word" or at not in code.close:
            if code.kind(at) == "word" and code.text(at + 1) in _HANDED_ON and ".".join(called(code, at)) in _PRINTS:
                yield output(code, "print", at, at, call=".".join(called(code, at)), own=is_program)
            continue
        chain = called(code, at - 1)
        name, end = ".".join(chain), code.end_of(at)
        known = f"fmt.{name}" if fmt == "." and len(chain) == 1 else re.sub(rf"^{re.escape(fmt)}\.", "fmt.", name)
        if _is_print(code, at, known, streams):
            yield output(code, "print", at - 1, end, call=name, own=is_program)
        elif len(chain) > 1 and (how := _composed(code, at, chain)) is not None:
            yield output(code, "formatted-log-call", at - 1, end, call=name, how=how)


def _is_print(code: Code, opening: int, name: str, streams: frozenset[str]) -> bool:
    if name in _BUILTIN:
        receiver = code.opened_at(opening - 2)  # neither a function nor a method of that name
        return code.text(opening - 2 if receiver is None else receiver - 1) != "func"
    if name in _TO_STREAM:
        arguments = code.arguments(opening)
        return bool(arguments) and code.key(*arguments[0]).replace(" ", "") in streams
    if name in _PRINTS:
        return code.text(opening - 2) != "func"
    owner, _, method = name.rpartition(".")
    if owner not in streams or method not in {"Write", "WriteString"}:
        return False
    # Bytes from elsewhere are mostly data in a machine's form; those of a text are none.
    return method == "WriteString" or code.key(opening + 1, opening + 5) == "[ ] byte ("


def _composed(code: Code, opening: int, chain: tuple[str, ...]) -> str | None:
    method, arguments = chain[-1], code.arguments(opening)
    owners = chain[:-1] if method in _EVENTS else _refined(chain[:-1])[-1:]
    if not any(map(_logs, owners)):
        return None
    if method in _FORMATTING:
        return f"`{method}`" if len(arguments) > 1 else None
    wanted = 1 if method.endswith("Context") else 2 if method in _LEVEL_GIVEN and len(arguments) > 2 else 0  # noqa: PLR2004
    if method not in _LEVELS | _LEVEL_GIVEN or len(arguments) <= wanted:
        return None
    return composed(code, *arguments[wanted], filled=_never, formats=_FORMATS)


def _refined(chain: tuple[str, ...]) -> tuple[str, ...]:
    """The chain without what only gives a logger more to say: ``log.WithField("key", value)``."""
    while len(chain) > 1 and _REFINES.match(chain[-1]):
        chain = chain[:-1]
    return chain


def _logs(name: str) -> bool:
    return name in _LOGGERS or is_logger(name)


def _never(_code: Code, _at: int) -> None:
    """No string of Go holds values."""
