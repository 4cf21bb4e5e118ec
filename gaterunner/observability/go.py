"""Go: ``fmt.Print`` and its like, and messages that are composed before a logger sees them, or by it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.observability.code_calls import called, composed, is_logger, output
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
_LEVELS = frozenset({*_NAMES, *(f"{name}Context" for name in _NAMES), "Msg"})
# log.Fatal and its like end the program: its last words are for whoever started it.
_FORMATTING = frozenset({*(f"{name}f" for name in _NAMES), *(f"{name}ln" for name in _NAMES), "Msgf"})
_EVENTS = frozenset({"Msg", "Msgf"})
_FORMATS = re.compile(r"^(?:fmt\.Sprint(?:f|ln)?|fmt\.Errorf|strings\.Join)$")

_FRAMEWORK = re.compile(
    r"\"(?:flag|github\.com/(?:spf13/(?:cobra|pflag)|urfave/cli|alecthomas/(?:kingpin|kong)|jessevdk/go-flags"
    r"|alexflint/go-arg|mitchellh/cli|hashicorp/cli|peterbourgon/ff|charmbracelet/\w+|docopt/docopt-go)"
    r"|gopkg\.in/(?:alecthomas/kingpin|urfave/cli))[\w./-]*\"|\bos\.Args\b"
)


def read(text: str) -> tuple[Output, ...]:
    """What a file writes."""
    return tuple(_outputs(Code(text, GO), is_program=_FRAMEWORK.search(text) is not None))


def _outputs(code: Code, *, is_program: bool) -> Iterator[Output]:
    for at in range(1, code.size):
        if code.text(at) != "(" or code.kind(at - 1) != "word" or at not in code.close:
            continue
        chain = called(code, at - 1)
        name, end = ".".join(chain), code.end_of(at)
        if _is_print(code, at, name):
            yield output(code, "print", at - 1, end, call=name, own=is_program)
        elif len(chain) > 1 and (how := _composed(code, at, chain)) is not None:
            yield output(code, "formatted-log-call", at - 1, end, call=name, how=how)


def _is_print(code: Code, opening: int, name: str) -> bool:
    if name in _BUILTIN:
        receiver = code.opened_at(opening - 2)  # neither a function nor a method of that name
        return code.text(opening - 2 if receiver is None else receiver - 1) != "func"
    if name in _TO_STREAM:
        arguments = code.arguments(opening)
        return bool(arguments) and code.key(*arguments[0]).replace(" ", "") in _STREAMS
    return name in _PRINTS


def _composed(code: Code, opening: int, chain: tuple[str, ...]) -> str | None:
    method, arguments = chain[-1], code.arguments(opening)
    owners = chain[:-1] if method in _EVENTS else chain[-2:-1]  # zerolog: log.Info().Str("key", value).Msg("text")
    if not any(map(_logs, owners)):
        return None
    if method in _FORMATTING:
        return f"`{method}`" if len(arguments) > 1 else None
    wanted = 1 if method.endswith("Context") else 0
    if method not in _LEVELS or len(arguments) <= wanted:
        return None
    return composed(code, *arguments[wanted], filled=_never, formats=_FORMATS)


def _logs(name: str) -> bool:
    return name in _LOGGERS or is_logger(name)


def _never(_code: Code, _at: int) -> None:
    """No string of Go holds values."""
