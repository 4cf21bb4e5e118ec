"""Which reader knows a file's language. A reader is loaded when a change touches a file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from gaterunner.contract.boundaries.beginnings import beginnings, has_pieces
from gaterunner.contract.boundaries.pieces import Piece, Touched, anywhere
from gaterunner.weakening.paths import extension

if TYPE_CHECKING:
    from gaterunner.weakening.tokens import Syntax

_SCRIPT = ("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte", "astro", "ejs")
_BRACES = ("go", "java", "rb", "php", *_SCRIPT, "kt", "kts", "scala", "groovy", "swift", "dart", "rs", "cs")
_READERS = {"py": "python", **dict.fromkeys(_BRACES, "code"), "ipynb": "notebook", "erb": "templates"}
_SQL = frozenset(
    {
        "sql",
        "psql",
        "pgsql",
        "mysql",
        "tsql",
        "plsql",
        "ddl",
        "dml",
        "hql",
        "cql",
        "pks",
        "pkb",
        "pls",
        "prc",
        "proc",
        "sp",
    }
)
# Other spellings of a language's own ending.
_SAME = {
    **dict.fromkeys(("pyi", "pyw", "pyx", "wsgi"), "py"),
    **dict.fromkeys(("rake", "ru", "gemspec", "jbuilder", "podspec", "thor"), "rb"),
    **dict.fromkeys(("phtml", "inc", "php3", "php4", "php5", "php7", "module", "ctp"), "php"),
    **dict.fromkeys(("sc", "sbt"), "scala"),
    **dict.fromkeys(("gradle", "gvy"), "groovy"),
    **dict.fromkeys(("bash", "zsh", "ksh", "fish"), "sh"),
    **dict.fromkeys(("rhtml", "html+erb"), "erb"),
    "es6": "js",
    "csx": "cs",
}
_BY_NAME = re.compile(
    r"(?P<rb>(?:Rake|Gem|Guard|Cap|Vagrant|Pod|Brew|Dangerfile|Thor)file|config\.ru)|(?P<groovy>Jenkinsfile)|(?P<py>SConstruct)"
)
_SHEBANG = re.compile(
    r"\A#![^\n]*\b(?:(?P<py>python|uv)|(?P<rb>ruby)|(?P<js>node|deno|bun|ts-node|tsx)|(?P<php>php)|(?P<sh>(?:ba|z|k|da)?sh))"
)
_LOGS_READ = frozenset({"py", "go", "java", "rb", "php", *_SCRIPT, "kt", "kts", "scala", "groovy"})
# Behind these endings stands the one that counts: `report.sql.j2`.
_TEMPLATES = frozenset(
    {"j2", "jinja", "jinja2", "erb", "tmpl", "tpl", "template", "mustache", "hbs", "in", "dist", "sample"}
)
_DATA = frozenset(
    {
        "json",
        "jsonc",
        "json5",
        "yml",
        "yaml",
        "toml",
        "ini",
        "cfg",
        "conf",
        "properties",
        "env",
        "lock",
        "css",
        "scss",
        "less",
    }
    | {
        "sass",
        "csv",
        "tsv",
        "xml",
        "html",
        "htm",
        "xhtml",
        "plist",
        "tf",
        "tfvars",
        "hcl",
        "proto",
        "graphql",
        "gql",
        "map",
    }
    | {
        "woff",
        "woff2",
        "snap",
        "rbi",
        "prisma",
        "txt",
        "md",
        "svg",
        "editorconfig",
        "ignore",
        "gitignore",
        "sum",
        "mod",
        "",
    }
)
# Looking for words takes a fraction of what looking for an expression does: that is done where one of them stands.
_RUN_WORDS = (
    "uery",
    "xec",
    "repare",
    "raw",
    "Raw",
    "etch",
    "run",
    "tatement",
    "find_by_sql",
    "op.",
    "__tablename__",
    "db_table",
    "read_sql",
    "get_r",
)
_RUNS = re.compile(
    r"(?:[Qq]uery|[Ee]xec|[Pp]repare|\b[Rr]aw|\b[Ff]etch|\brun|[Ss]tatement|read_sql|\bget_results|\bget_row)\w{0,30}[(\s]|find_by_sql|\bop\."
    r"|__tablename__|\bdb_table\b"
)
_LOG_WORDS = (
    "zap.", "slog.", "MDC", "addKeyValue", "kv(", "keyValue(", "contextvars", "bind(", "console", "rint",
    "stdout", "stderr", "var_dump", "winston", "sugar", "debug(", "logfire", "info(", "echo(", "warnings",
    "ThreadContext",
)  # fmt: skip
_LOGGER = re.compile(r"(?i)log\w{0,30}(?:\([^()\n]{0,80}\)){0,2}\s{0,80}(?:\??\.|->|::|\[|\(|,|\b)\s{0,80}[\w\"'$(]")
_PRINTS = {"rb": ("puts ", "p ", "pp ", "warn "), "erb": ("puts ", "p ", "pp ")}
_LINE_WORDS = ("log", "Log", "LOG", "info!", "warn!", "error!", "debug!", "trace!", "rint", "Console.Write")
_LOG_LINE = re.compile(
    r"(?:\b_?(?:log|logger|logging|Log|Logger|LOG|LOGGER|\w+Logger|\w+_log(?:ger)?)\s*(?:\??\.|->|::)\s*\w+\s*[({\"']"
    r"|\b(?:info|warn|error|debug|trace|println|eprintln)!\s*[({]|\b(?:print|println|NSLog|Console\.Write(?:Line)?)\s*\(|(?<![\w.])(?:log|debugPrint)\()"
)
# A logger under another name, and what is sent along with errors and spans.
_ELSEWHERE_WORDS = (
    "ogger", "LOGGER", "log;", "log\n", "set_", "setUser", "setTag", "setExtra", "setContext", "setAttribute",
    "setData", "SetAttribute", "ddEvent", "add_event", "readcrumb", "apture", "console.", "log.", "Rails.error",
    "instrument",
)  # fmt: skip
_ELSEWHERE = re.compile(
    r"=\s*(?:this\.|self\.|@)?\w*(?:logger|Logger|LOGGER|\blog)\s*;?\s*$|(?i:\b\w*(?:sentry|scope|span)\w*)(?:\(\))?(?:\.|->|::)"
    r"(?:set_(?:user|tag|extra|context|attribute|data)s?|set(?:User|Tag|Extra|Context|Attribute|Data)s?|SetAttributes|AddEvent"
    r"|add_event|addEvent|add_breadcrumb|addBreadcrumb|capture_message|captureMessage)\b|\bconsole\.\w+\s*[),;]"
    r"|\blog\w*\.(?:trace|debug|info|warn|error|fatal)\s*(?:\{|do\b)|\blogger\s*<<|\blogger\.(?:add|unknown)\b"
    r"|\bRails\.error\b|\bNotifications\.instrument\b"
)
_CR = re.compile(r"\r(?!\n)")


def kind_of_text(path: str, text: str) -> str:
    """The language of a file as its usual ending: by its ending, by its name, or by what its first line says."""
    name = path.rpartition("/")[2]
    kind = extension(path)
    inner = extension(name.removesuffix(f".{kind}"))
    if kind in _TEMPLATES and inner and (inner in _SQL or (kind != "erb" and inner in _READERS)):
        kind = inner
    kind = _SAME.get(kind, kind)
    if kind in _READERS or kind in _SQL:
        return kind
    named = _BY_NAME.fullmatch(name) or (_SHEBANG.match(text) if text.startswith("#!") else None)
    return (named.lastgroup or kind) if named else kind


def is_sql_file(kind: str) -> bool:
    """True for a file that is SQL as a whole."""
    return kind in _SQL


def is_python(kind: str) -> bool:
    """True for Python, whose reader tells what strings come to."""
    return _READERS.get(kind) == "python"


def is_program(kind: str) -> bool:
    """True for files that do something, and are neither data nor a page."""
    return kind not in _DATA


def reads(kind: str) -> bool:
    """True for a language in which statements and log calls are looked for."""
    return kind in _READERS


def reads_logs(kind: str) -> bool:
    """True for a language whose log calls are told with their fields."""
    return kind in _LOGS_READ or kind in {"ipynb", "erb"}


def is_exact(kind: str) -> bool:
    """True where a reader sees every string that there is, and no other."""
    return kind in {"py", "ipynb", "go", "java"}


def is_open_ended(kind: str) -> bool:
    """True for languages in which a string between simple quotes goes on in the next line."""
    return kind in _SQL or kind not in _READERS or kind in {"php", "rb", "erb"}


def is_code_name(path: str) -> bool:
    """True for a file that is code by its name, which is read whatever its bytes are."""
    kind = kind_of_text(path, "")
    return (
        kind in _READERS
        or kind in _SQL
        or kind in {"sh", "ex", "exs", "pl", "r", "lua", "clj", "fs", "vb", "c", "cc", "cpp", "h"}
    )


def syntax_of(kind: str) -> Syntax | None:
    """How a language is split into tokens; None where nobody here knows."""
    if kind not in _READERS or kind in {"ipynb", "erb"}:
        return None
    from gaterunner.contract.boundaries.code import syntax

    return syntax(kind)


def may_hold_statements(text: str) -> bool:
    """False for what holds no statement, and hands none to a database."""
    if any(word in text for word in _RUN_WORDS) and _RUNS.search(text):
        return True
    return next(beginnings(text), None) is not None or has_pieces(text)


def may_log(kind: str, text: str) -> bool:
    """False for what holds no log call."""
    if any(word in text for word in (*_LOG_WORDS, *_PRINTS.get(kind, ()))):
        return True
    return any(word in text for word in ("log", "Log", "LOG")) and _LOGGER.search(text) is not None


def log_words(kind: str) -> tuple[str, ...]:
    """Words of which one stands in each line that ``logs_unseen`` is true for."""
    return _ELSEWHERE_WORDS if reads_logs(kind) else (*_ELSEWHERE_WORDS, *_LINE_WORDS)


def logs_unseen(kind: str, line: str) -> bool:
    """Whether a line logs something that no reader tells.

    It does so in a language that none knows, or hands values to what is kept beside the logs, or a logger to another
    name.
    """
    return _ELSEWHERE.search(line) is not None or (not reads_logs(kind) and _LOG_LINE.search(line) is not None)


def read_pieces(kind: str, text: str, touched: Touched = anywhere) -> tuple[Piece, ...]:
    """The strings and log calls of a text in a language, as far as its reader sees them, where they are touched."""
    name = _READERS.get(kind, "plain")
    read = _reader(name)
    try:
        return tuple(_by_lines(name, read, kind, text, touched))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return tuple(_reader("code")(text, kind, touched))  # Python of another version, or broken


def _by_lines(name: str, read: Reader, kind: str, text: str, touched: Touched) -> Iterator[Piece]:
    """What a reader finds, at the lines of git: Python begins a new one also behind a carriage return."""
    if name != "python" or not _CR.search(text):
        yield from read(text, kind, touched)
        return
    lines = [1]
    for end in re.finditer(r"\r\n|\r|\n", text):
        lines.append(lines[-1] + end[0].endswith("\n"))
    for piece in read(text, kind, lambda line, end: touched(lines[line - 1], lines[end - 1])):
        yield replace(piece, line=lines[piece.line - 1], end=lines[piece.end - 1])


Reader = Callable[[str, str, Touched], Iterable[Piece]]


def _reader(module: str) -> Reader:
    found = import_module(f"gaterunner.contract.boundaries.{module}")
    return cast("Reader", found.read)
