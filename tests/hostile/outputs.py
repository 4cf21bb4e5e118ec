"""What a run told, and what no run may ever tell: credentials, and anything that somebody would obey."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from gaterunner.errors import EXIT_USAGE
from gaterunner.model import Report
from gaterunner.reporters.markdown import render_markdown
from tests.hostile.case_file import Content, Side, Step, credentials_in

# What a terminal would obey: all control characters but line ends and tabs, and the marks that reorder text.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# What GitHub's runner would take for a command of a step that starts gaterunner itself (`run: gaterunner run`).
_COMMAND = re.compile(r"^[ \t]*::.*|.*##\[.*", re.MULTILINE)
# An annotation, which is all that we say to the runner outside of a fence. It takes a line for such a command before it
# looks for another within (`TryParseV2` before `TryParse`, https://github.com/actions/runner).
_OWN_COMMAND = re.compile(r"::(?:error|warning|notice)(?: title=[^:]*)?::")
_MARKDOWN = ("the Markdown report", "the job's summary", "the check's summary", "the check's text")
# What we link to ourselves: places of the repository that is judged.
_OWN_LINK = re.compile(r"\[[\w ]+\]\(https://github\.invalid/octo/example/[\w/#-]+\)")
_FENCED = re.compile(r"^(`{3,})[^`\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)")
_LIVE = re.compile(r"<(?!/?(?:details|summary|sub|br)\b)[a-z!/][^>]*>|(?<!\\)!?\[[^\]]*\]\([^)]*\)", re.IGNORECASE)


class Ran(Struct, frozen=True, kw_only=True):
    """How a run ended. ``report`` is None where it wrote none.

    Of a run on GitHub there are also ``pages`` that readers get to see, by what they are; ``commands``, the lines that
    the runner obeys; ``check``, how the check run ended; and ``faults``, what GitHub found wrong with requests.
    """

    code: int
    out: str
    err: str
    report: Report | None
    pages: tuple[tuple[str, str], ...] = ()
    commands: tuple[str, ...] | None = None
    check: str | None = None
    faults: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """As ``Expect`` names it; an exit code that belongs to another verdict is told as such."""
        if self.report is None:
            return f"no report (exit {self.code})"
        if self.code == EXIT_USAGE:
            return "usage"
        fits = {"pass": 0, "fail": 1, "error": 3, "pending": 4}[self.report.verdict] == self.code
        return str(self.report.verdict) if fits else f"{self.report.verdict} with exit code {self.code}"

    def outputs(self) -> Iterator[tuple[str, str]]:
        """Everything that a reader may get to see, by what it is."""
        yield "standard output", self.out
        yield "standard error", self.err
        if self.report is not None:
            yield "the Markdown report", render_markdown(self.report, limit_bytes=60_000)
        yield from self.pages


def leaks(side: Side, ran: Ran) -> Iterator[str]:
    """What the run should have kept to itself, or told so that nobody obeys it."""
    secrets = _credentials(side)
    for where, text in ran.outputs():
        if any(secret in text for secret in secrets):
            yield f"{where} holds a credential"
        if found := _CONTROL.search(text):
            yield f"{where} holds the control character {found[0]!r}"
    yield from _spoken(side, ran)
    for where, markdown in ran.outputs():
        live = _LIVE.finditer(_CODE.sub("", _FENCED.sub("", markdown))) if where in _MARKDOWN else ()
        if found := next((each for each in live if not _OWN_LINK.fullmatch(each[0])), None):
            yield f"{where} holds {found[0]!r} outside of code"


def _spoken(side: Side, ran: Ran) -> Iterator[str]:
    """What the runner would obey, other than what we have to say to it."""
    found: list[str] = []
    if ran.commands is not None:
        found = [line for line in ran.commands if not _OWN_COMMAND.match(line)]
    elif side.environment.get("GITHUB_ACTIONS") == "true":
        found = [match[0] for text in (ran.out, ran.err) for match in _COMMAND.finditer(text)]
    if found:
        yield f"the output speaks to GitHub's runner: {found[0]!r}"


def _credentials(side: Side) -> set[str]:
    """The credentials of a case, line by line: the lines of a private key are each worth hiding."""
    texts = [*side.environment.values()]
    for step in (Step(files=side.base.files or {"x": None}), *side.base.steps, *side.branch):
        texts += [*(step.git or ()), step.input or "", step.shell or "", step.message or "", *step.files]
        for content in step.files.values():
            texts += _content_texts(content)
    values = {value for text in texts for value in credentials_in(text)}
    return {line for value in values for line in value.splitlines() if not line.startswith("-----")}


def _content_texts(content: str | Content | None) -> list[str]:
    if isinstance(content, Content):
        return [text for text in (content.text, content.base64, content.hex, content.gzip_base64) if text]
    return [content] if content else []
