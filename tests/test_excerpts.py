"""Which lines findings show, and which they never do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.excerpts import MOST_FILES, with_excerpts
from gaterunner.model import Excerpt, Finding, GateResult, Outcome, PolicyResult, Severity
from gaterunner.policies.context import Blob, Scanned, SecretMatch, Stream, TreeEntry
from gaterunner.redaction import Redactor
from tests.reporters.reports import gate, policy

LINES = "\n".join(f"line {number}" for number in range(1, 21)) + "\n"


class Files:
    """A commit's files; ``missing`` cannot be had."""

    def __init__(self, files: dict[str, bytes | str], *, mode: str = "100644", missing: bool = False) -> None:
        self._files = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
        self._mode = mode
        self._missing = missing
        self.read: list[str] = []

    def tree(self, commit: str) -> tuple[TreeEntry, ...]:
        assert commit == "judged"
        return tuple(TreeEntry(mode=self._mode, blob=f"blob of {path}", path=path) for path in self._files)

    def blobs(self, ids: Iterable[str], *, max_bytes: int | None = None) -> Iterable[Blob]:
        if self._missing:
            raise EvaluationError("an object is missing")
        for each in ids:
            self.read.append(each)
            data = self._files[each.removeprefix("blob of ")]
            small = max_bytes is None or len(data) <= max_bytes
            yield Blob(id=each, size=len(data), data=data if small else None)


class Scanner:
    """Finds a secret in every content that holds ``word``; breaks for ``None``."""

    def __init__(self, word: bytes | None = b"hush") -> None:
        self._word = word

    def scan(self, path: str, data: bytes) -> tuple[SecretMatch, ...]:
        if self._word is None:
            raise EvaluationError("the engine broke")
        return (None,) if self._word in data else ()  # type: ignore[return-value]  # only whether there is one matters

    def start(self) -> None:
        raise AssertionError("nothing is searched beside the run here")

    def scan_each(self, contents: Iterable[tuple[str, bytes]]) -> Iterator[Scanned]:
        raise AssertionError("one content is searched after the other here")

    def scan_stream(self, path: str, size: int, stream: Stream) -> tuple[SecretMatch, ...]:
        raise AssertionError("contents of excerpts are small")

    def fingerprint(self, match: SecretMatch) -> str:
        raise AssertionError("nothing of a secret is told here")


def finding(path: str | None = "a.py", line: int | None = 10, **fields: object) -> Finding:
    return replace(Finding(rule="r", severity=Severity.ERROR, message="m", path=path, line=line), **fields)


def excerpts(
    *findings: Finding,
    files: Files | None = None,
    scanner: Scanner | None = None,
    beside: tuple[PolicyResult, ...] = (),
    known: tuple[str, ...] = (),
) -> list[Excerpt | None]:
    gates: tuple[GateResult, ...] = (gate("unit", Outcome.FAILED, findings=findings),)
    told, _ = with_excerpts(
        gates,
        beside,
        judged="judged",
        source=files or Files({"a.py": LINES}),
        scanner=scanner or Scanner(),
        redact=Redactor(known),
    )
    return [each.excerpt for each in told[0].findings]


def test_three_lines_before_and_after() -> None:
    assert excerpts(finding()) == [Excerpt(start=7, lines=tuple(f"line {number}" for number in range(7, 14)))]


def test_at_the_ends_of_a_file() -> None:
    first, last = excerpts(finding(line=1), finding(line=20))
    assert first == Excerpt(start=1, lines=("line 1", "line 2", "line 3", "line 4"))
    assert last is not None
    assert last.lines[:4] == ("line 17", "line 18", "line 19", "line 20")


def test_a_long_range_is_cut() -> None:
    (only,) = excerpts(finding(line=2, end_line=19))
    assert only is not None
    assert (only.start, len(only.lines)) == (1, 12)


def test_lines_are_clean_and_bounded() -> None:
    (only,) = excerpts(finding(line=1), files=Files({"a.py": "\x1b[31mred\u202e\r\n" + "x" * 1_000}))
    assert only is not None
    assert only.lines[0] == "red"
    assert len(only.lines[1]) == 240


def test_no_excerpt_where_there_is_no_such_line_or_no_place() -> None:
    assert excerpts(finding(line=99), finding(line=None), finding(path=None)) == [None, None, None]


def test_notices_have_none() -> None:
    assert excerpts(finding(severity=Severity.NOTICE)) == [None]


def test_a_finding_about_another_content_shows_none_of_this_one() -> None:
    shown = excerpts(finding(content="blob of a.py", commit="c"), finding(content="other"), finding(commit="c"))
    assert [each is not None for each in shown] == [True, False, False]


def test_links_binaries_large_and_absent_files_show_nothing() -> None:
    assert excerpts(finding(), files=Files({"a.py": LINES}, mode="120000")) == [None]
    assert excerpts(finding(), files=Files({"a.py": LINES + "\0"})) == [None]
    assert excerpts(finding(), files=Files({"a.py": LINES + "x" * 600_000})) == [None]
    assert excerpts(finding(), files=Files({"b.py": LINES})) == [None]


def test_a_file_with_a_secret_anywhere_in_it_shows_nothing() -> None:
    assert excerpts(finding(line=2), files=Files({"a.py": LINES + "hush"})) == [None]


def test_what_only_the_run_knows_to_be_a_secret_is_masked_before_lines_are_cut() -> None:
    known = "correct horse battery staple"
    text = f"{'x' * 230} {known}\nhorse = '{known[:8]}\u200b{known[8:]}'\n{known}\n"

    (only,) = excerpts(finding(line=1), files=Files({"a.py": text}), known=(known,))

    assert only == Excerpt(start=1, lines=("x" * 230 + " ***", "horse = '***'", "***"))


def test_a_private_key_that_began_above_the_lines_is_masked() -> None:
    marks = ["-----" + f"{word} RSA PRIVATE KEY-----" for word in ("BEGIN", "END")]
    key = [f"MIIE{number:060}" for number in range(20)]

    (only,) = excerpts(finding(line=12), files=Files({"a.py": "\n".join((marks[0], *key, marks[1], "x"))}))

    assert only == Excerpt(start=9, lines=("***",) * 7)


def test_a_file_that_a_policy_about_secrets_points_at_shows_nothing() -> None:
    for name in ("no-secret-changes", "no-prod-db-writes"):
        red = policy(name, Outcome.FAILED, findings=(finding(line=19),))
        assert excerpts(finding(line=2), beside=(red,)) == [None]


def test_the_findings_of_such_a_policy_show_nothing_themselves() -> None:
    red = policy("no-secret-changes", Outcome.FAILED, findings=(finding(),))
    _, policies = with_excerpts(
        (), (red,), judged="judged", source=Files({"a.py": LINES}), scanner=Scanner(), redact=Redactor()
    )
    assert policies == (red,)


def test_what_cannot_be_searched_or_read_shows_nothing() -> None:
    assert excerpts(finding(), scanner=Scanner(None)) == [None]
    assert excerpts(finding(), files=Files({"a.py": LINES}, missing=True)) == [None]


def test_only_so_many_files_are_read() -> None:
    files = Files({f"{number}.py": LINES for number in range(MOST_FILES + 20)})
    shown = excerpts(*(finding(path=f"{number}.py") for number in range(MOST_FILES + 20)), files=files)
    assert len(files.read) == MOST_FILES
    assert sum(each is not None for each in shown) == MOST_FILES
