"""``change-budget``: a change stays small enough for somebody to read it.

Counts what has to be read: files, added lines and commits between base and judged tree. What a tool writes (lock files,
and what `ignore` names) is left out, and told. By default nothing fails; docs/policies/change-budget.md says where the
one default figure comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from gaterunner.fingerprints import fingerprint
from gaterunner.globs import Globs
from gaterunner.model import Change, FileChange, Finding, Outcome, PolicyResult, Severity
from gaterunner.policies.context import PolicyContext
from gaterunner.policies.levels import Level, levelled
from gaterunner.policies.listing import not_applicable

NAME = "change-budget"
READABLE_LINES = 6503
"""Lines added by a branch that an agent wrote alone over four hours and 12 commits, and that people then reviewed."""

LOCK_FILES = (
    "bun.lock",
    "Cargo.lock",
    "composer.lock",
    "deno.lock",
    "flake.lock",
    "Gemfile.lock",
    "go.sum",
    "gradle.lockfile",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "Package.resolved",
    "packages.lock.json",
    "pdm.lock",
    "Pipfile.lock",
    "pixi.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "Podfile.lock",
    "pubspec.lock",
    "uv.lock",
    "yarn.lock",
)
"""Files that a package manager writes, by name; in any folder."""

RuleName = Literal["files", "lines", "commits"]
Number = Annotated[int, Meta(ge=1)]

_HELP = (
    "Split the change: what can stand alone goes into a branch of its own. Files that a tool writes can be listed "
    "under the policy's `ignore` on the base branch."
)
_UNITS: dict[RuleName, str] = {"files": "file", "lines": "added line", "commits": "commit"}


class Tiers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that may be without a word (``warn``) and without an approving review (``fail``)."""

    warn: Number | None = None
    fail: Number | None = None

    def __post_init__(self) -> None:
        if self.warn is not None and self.fail is not None and self.warn >= self.fail:
            raise ValueError(f"`warn` is {self.warn} and `fail` is {self.fail}, expected a lower `warn`")


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The budgets. A number alone is one's ``fail``. ``ignore`` are globs of files that are not counted; lock files are
    not counted either, unless ``lock-files`` is true. ``rules`` says how much a rule weighs, whichever tier it is."""

    value_option: ClassVar[str] = "lines"

    files: Number | Tiers = Tiers()
    lines: Number | Tiers = Tiers(warn=READABLE_LINES)
    commits: Number | Tiers = Tiers()
    ignore: tuple[str, ...] = ()
    lock_files: bool = False
    rules: dict[RuleName, Level] = {}


class _Counted(Struct, frozen=True, kw_only=True):
    numbers: dict[RuleName, int]
    binary: int
    left_out: int
    lines_left_out: int


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Failed above a `fail`; a warning above a `warn`."""
    change = context.change
    if change.is_empty:
        return not_applicable(NAME, "the change is empty", expected=_expected(options))
    counted = _count(change, options)
    findings = tuple(levelled(_findings(counted, options), options.rules))
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    outcome, reason = (Outcome.FAILED, errors[0].message) if errors else (Outcome.PASSED, _passed(findings))
    return PolicyResult(
        name=NAME,
        outcome=outcome,
        reason=reason,
        observed=_observed(counted),
        expected=_expected(options),
        findings=findings,
    )


def _count(change: Change, options: Options) -> _Counted:
    lock_files = frozenset(() if options.lock_files else LOCK_FILES)
    ignored = Globs(options.ignore) if options.ignore else None

    def is_left_out(file: FileChange) -> bool:
        return file.path.rpartition("/")[2] in lock_files or (ignored is not None and ignored.matches(file.path))

    left_out = [file for file in change.files if is_left_out(file)]
    unread = {file.path for file in left_out}
    files = [file for file in change.files if file.path not in unread]
    return _Counted(
        numbers={
            "files": len(files),
            "lines": sum(file.insertions or 0 for file in files),
            "commits": sum(len(commit.parents) <= 1 for commit in change.commits),
        },
        binary=sum(file.insertions is None for file in files),
        left_out=len(left_out),
        lines_left_out=sum(file.insertions or 0 for file in left_out),
    )


def _tiers(options: Options, rule: RuleName) -> Tiers:
    given: int | Tiers = getattr(options, rule)
    return given if isinstance(given, Tiers) else Tiers(fail=given)


def _findings(counted: _Counted, options: Options) -> Iterator[Finding]:
    for rule, number in counted.numbers.items():
        tiers = _tiers(options, rule)
        if tiers.fail is not None and number > tiers.fail:
            yield _finding(rule, Severity.ERROR, number, tiers.fail)
        elif tiers.warn is not None and number > tiers.warn:
            yield _finding(rule, Severity.WARNING, number, tiers.warn)


def _finding(rule: RuleName, severity: Severity, number: int, limit: int) -> Finding:
    name = f"change-budget/{rule}"
    return Finding(
        rule=name,
        severity=severity,
        message=f"the change has {_amount(number, _UNITS[rule])}, more than {limit:,}",
        help=_HELP,
        fingerprint=fingerprint(name),
        approvable=True,
    )


def _passed(findings: tuple[Finding, ...]) -> str:
    return findings[0].message if findings else "within its budget"


def _observed(counted: _Counted) -> str:
    told = ", ".join(_amount(number, _UNITS[rule]) for rule, number in counted.numbers.items())
    if counted.binary:
        told += f"; {_amount(counted.binary, 'binary file')} without lines"
    if counted.left_out:
        told += f"; not counted: {_amount(counted.left_out, 'file')} that a tool writes"
        told += f" with {_amount(counted.lines_left_out, 'added line')}"
    return told


def _expected(options: Options) -> str:
    told = []
    for rule, unit in _UNITS.items():
        tiers = _tiers(options, rule)
        if tiers.fail is not None:
            told.append(f"at most {_amount(tiers.fail, unit)}")
        if tiers.warn is not None:
            told.append(f"a warning above {_amount(tiers.warn, unit)}")
    return "; ".join(told) or "nothing is limited"


def _amount(number: int, unit: str) -> str:
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
