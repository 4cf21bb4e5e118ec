"""Commands that no longer say when something is wrong, or that run less: ``|| true``, ``--deselect``, and the like."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from gaterunner.model import Finding, Severity
from gaterunner.weakening import findings as told
from gaterunner.weakening.matching import pair_by
from gaterunner.weakening.paths import is_others
from gaterunner.weakening.sides import Sides

_FILES = re.compile(
    r"""(?xi) (?:^|/) (?: (?:gnu)?makefile[^/]* | [^/]+\.(?:mk|sh|bash|zsh|ps1|bat|cmd|gradle|gradle\.kts) | \.?justfile
      | taskfile[^/]*\.ya?ml | package\.json | composer\.json | deno\.jsonc? | tox\.ini | noxfile\.py | pyproject\.toml
      | setup\.cfg | pytest\.ini | dockerfile[^/]* | (?:docker-)?compose[^/]*\.ya?ml | action\.ya?ml | \.gitlab-ci[^/]*
      | \.travis\.ya?ml | azure-pipelines[^/]* | bitbucket-pipelines\.yml | jenkinsfile[^/]* | \.drone\.ya?ml
      | appveyor\.ya?ml | \.cirrus\.ya?ml | \.pre-commit-config\.ya?ml | lefthook[^/]* | rakefile | pom\.xml
      | \.gaterunner\.ya?ml | nx\.json | turbo\.json | earthfile | tiltfile )$
    | (?:^|/)(?:\.github|\.circleci|\.buildkite|\.husky|\.woodpecker|\.gitlab|\.githooks)/.+
    | (?:^|/)(?:bin|scripts?|ci|hack|tools|dev|build)/(?:[^/]+/)*[^/.]+$"""
)
_ENDS = r"(?=\s*(?:[;)&|\"'`#\\]|$))"
_IGNORED: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("|| true", rf"\|\|\s*(?:/bin/|/usr/bin/)?(?:true|:|exit\s+0|return\s+0){_ENDS}"),
        ("|| echo", r"\|\|\s*(?:echo|printf|Write-Host)\b(?![^|&;]*(?:exit|false)).*$"),
        ("; true", rf";\s*(?:/bin/)?(?:true|:|exit\s+0){_ENDS}(?!\s*[;)]\s*done)"),
        (
            "set +e",
            r"\bset\s+(?:\+[a-z]*e[a-z]*|\+o\s+(?:errexit|pipefail))\b|\$ErrorActionPreference\s*=\s*.(?:Silently)?Continue",
        ),
        ("continue-on-error", r"\bcontinue-?on-?error[\"']?\s*[:=]\s*(?!\"?'?false)[\"']?(?:true|yes|\$\{\{)"),
        (
            "allow_failure",
            r"\b(?:allow_failure|allow-failure|soft_fail|ignore_failure)[\"']?\s*[:=]\s*(?:true|yes)\b",
        ),
        ("ignore_outcome", r"\bignore_outcome\s*=\s*(?i:true|1|yes)\b"),
        (
            "ignoreFailures",
            r"\bignoreFailures\s*=?\s*true|testFailureIgnore>\s*true|-Dmaven\.test\.failure\.ignore|\bignoreExitValue\b.*true",
        ),
        (
            "skipTests",
            r"-DskipTests\b|-Dmaven\.test\.skip\b|<(?:skipTests|maven\.test\.skip|skipITs)>\s*true|\s-x\s+:?\w*[tT]est\b",
        ),
        (
            "--exit-zero",
            r"--exit-zero\b|--(?:issues-)?exit-code[= ]0\b|--no-fail\b(?!-)",
        ),
        (
            "--passWithNoTests",
            r"--passWithNoTests\b|--pass-with-no-tests\b|--suppress-no-test-exit-code\b|--if-present\b(?=.*(?:test|lint|check))",
        ),
        (
            "--no-verify",
            r"--no-verify\b|\bHUSKY=0\b|\bSKIP=\w[\w,-]*\s+(?:git|pre-commit)|git config\s.*hooksPath[= ]/dev/null",
        ),
        ("- recipe", r"^\t@?-@?\s*(?=[\w$./])"),
    )
)
_FEWER: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("--deselect", r"--deselect(?:ed)?[= ]\S+"),
        ("-k not", r"\s-k[= ]?[\"'\\]*\(?\s*not\s[^\"']*"),
        ("-m not", r"\s-m[= ]?[\"'\\]*\(?\s*not\s[^\"']*"),
        ("--ignore", r"--ignore(?:-glob)?[= ][\"']?[\w./*-]*tests?[\w./*-]*"),
        ("--exclude", r"(?:pytest|test|jest|vitest|phpunit|rspec|nextest)\b.*\s(--exclude(?:-\w+)?[= ]\S+)"),
        ("--skip", r"\btest\b.*\s(--skip[= ]\S+)|go test\b.*\s(-skip[= ]\S+)"),
        ("IgnorePatterns", r"--(?:testPathIgnorePatterns|coveragePathIgnorePatterns)[= ]\S+"),
        (
            "--tag",
            r"--tag(?:s)?[= ][\"']?(?:~|not\s)\S+|--exclude-tag[= ]\S+|-DexcludedGroups=\S+|--exclude-group[= ]\S+",
        ),
        ("-short", r"\bgo test\b.*\s-short\b"),
        ("--no-cov", r"--no-cov(?:erage)?\b(?!-)"),
    )
)
_STRICT = re.compile(
    r"\s--strict(?:-\w+)*\b|\s--max-warnings[= ]0\b|\s-D\s?warnings\b|\s-Werror\b|\s-W\s?error\b|\s--check\b"
    r"|\s--cov-fail-under[= ]\d+|\s--fail-under[= ]\d+|\s-race\b|\s--forbidOnly\b|\s--frozen-lockfile\b|\s--ci\b"
    r"|\s--error-on-warnings\b|\s--all-targets\b|\s--all-features\b|\s--workspace\b"
    r"|\bset -[a-z]*e[a-z]*(?: -?o pipefail)?|\bset -o (?:errexit|pipefail)\b"
)
_CLEANS_UP = re.compile(
    r"^[@\s-]*(?:sudo\s+)?(?:rm|rmdir|mkdir|kill|pkill|killall|docker|podman|kubectl|umount|unlink|git|gh|grep|egrep|rg|awk"
    r"|sed|find|ls|which|command|type|dropdb|createdb|brew|apt|apt-get|systemctl|service|wait|cat|curl|wget|ln|cp|mv|test"
    r"|read|diff|cmp|touch|chmod|chown|ssh-keyscan|export|source|\.|stat|head|tail|sleep|true|echo|adduser|useradd|groupadd"
    r"|\w+=\S*\$\(|\[)\b"
)
_CHECKS = re.compile(
    r"(?i)pytest|unittest|\btests?\b|\btest[:_-]|tox|nox\b|mypy|pyright|ruff|flake8|pylint|bandit|black|isort|eslint|tsc\b"
    r"|prettier|jest|vitest|mocha|cypress|playwright|\bgo (?:test|vet|build)|golangci|staticcheck|cargo|clippy|rspec"
    r"|rubocop|brakeman|phpunit|phpstan|psalm|pest\b|dotnet|gradle|mvn|\blint|\bcheck|\bverify|\baudit"
    r"|\bcoverage|type-?check|\bmake\b|\bnpm (?:run|t)|\byarn\b|\bpnpm\b|pre-commit|semgrep|trivy|snyk|gitleaks"
    r"|zizmor|shellcheck|hadolint|rake\b|\bspec\b|\bbuild\b|gaterunner|\$\{?(?:CHECK|TEST|LINT)"
)
_HELP_IGNORED = "Let the command say what it found, and repair that; or have somebody else approve this head."
_HELP_FEWER = "Run them again and repair what fails; or have somebody else approve this head."


class _Loosening(Struct, frozen=True):
    """One loosening: its kind, the command without it (``rest``), the line as it stands, and where that is."""

    rule: str
    kind: str
    rest: str
    text: str
    line: int

    @property
    def command(self) -> str:
        """The first words of the command, by which an edited line is recognised."""
        return " ".join(self.rest.split()[:2])


class Commands:
    """Looks at one file after the other; a line that only moved is none."""

    def __init__(self) -> None:
        self._gone: list[_Loosening] = []
        self._born: list[tuple[Sides, _Loosening, bool]] = []

    @staticmethod
    def wants(path: str) -> bool:
        """True for a file that holds commands of a build, a gate or a workflow."""
        return _FILES.search(path) is not None and not is_others(path)

    def look(self, sides: Sides) -> Iterator[Finding]:
        """What one file tells by itself."""
        if sides.new_too_large:
            yield told.finding(
                told.FAILURE_IGNORED,
                "the commands in this file are not known: it is larger than 2 MB",
                "Split the file.",
                path=sides.path,
                about="too large",
            )
        old_lines, new_lines = _lines(sides.old), _lines(sides.new)
        pairs: list[tuple[_Loosening, _Loosening]] = []
        old, new = list(_loosenings(old_lines)), list(_loosenings(new_lines))
        for key in (_whole, _edited):
            old, new = pair_by(old, new, key, pairs)
        before = {_plain(line) for line in old_lines}
        self._gone += old
        # What a new file holds weakens no command that stood before.
        self._born += [(sides, each, each.rest in before) for each in new]
        yield from _less_strict(sides, old_lines, new_lines)

    def findings(self) -> Iterator[Finding]:
        """Call it last."""
        gone = {_whole(each) for each in self._gone}
        for sides, each, stood_before in self._born:
            if _whole(each) not in gone:
                yield from _told(sides, each, stood_before=stood_before)


def _lines(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8", "replace").splitlines()


def _loosenings(lines: list[str]) -> Iterator[_Loosening]:
    for number, line in enumerate(lines, 1):
        if len(line) > _LONGEST or not _worth_a_look(line):
            continue
        for rule, table in ((told.FAILURE_IGNORED, _IGNORED), (told.TESTS_DESELECTED, _FEWER)):
            for kind, pattern in table:
                found = pattern.search(line)
                if found is not None:
                    span = next(
                        (found.span(each) for each in range(1, pattern.groups + 1) if found[each]), found.span()
                    )
                    rest = _plain(f"{line[: span[0]]} {line[span[1] :]}")
                    rest = rest if kind not in _BY_PLACE else _place(lines, number)
                    yield _Loosening(rule, kind, rest, line.strip(), number)


_LONGEST = 4_000  # characters: no command that a person reads is longer
_BY_PLACE = frozenset({"continue-on-error", "allow_failure", "ignore_outcome", "set +e"})
_QUICK = re.compile(
    r"\|\||;|set\s|rrorAction|ontinue|allow|soft_fail|gnore|skip|exit|pass|verify|HUSKY|SKIP|hooksPath|^\t@?-|deselect|-k|-m"
    r"|exclude|tag|short|no-cov|if-present|no-fail|-x|no-error"
)
_COMMENT = re.compile(r"^\s*(?:#(?!!)|//|REM\b|<!--)")


def _worth_a_look(line: str) -> bool:
    return _QUICK.search(line) is not None and not _COMMENT.match(line)


def _plain(line: str) -> str:
    return " ".join(line.strip().strip("\"',\\").split())


def _place(lines: list[str], number: int) -> str:
    """The step or job that a line of YAML belongs to, by the nearest line above or below that names it."""
    for at in (*range(number - 1, max(0, number - 16), -1), *range(number + 1, min(len(lines), number + 12))):
        line = lines[at - 1]
        found = re.match(r"\s*-?\s*(?:(?:name|run|uses|script|id|label)\s*:\s*\S|\[testenv)", line)
        if found is not None or re.match(r"\s{0,4}[\w-]+:\s*$", line):
            return _plain(line)
    return ""


def ignored_failure(line: str) -> str | None:
    """How one line of commands lets a failure go unnoticed (``|| true``), by its kind; None where it does not.

    What cleans up or looks something up may fail.
    """
    if len(line) > _LONGEST or not _worth_a_look(line):
        return None
    for kind, pattern in _IGNORED:
        found = pattern.search(line)
        if found is None:
            continue
        rest = _plain(f"{line[: found.start()]} {line[found.end() :]}")
        if kind not in _AFTER_A_COMMAND or not _CLEANS_UP.match(_last_command(rest)):
            return kind
    return None


def _whole(each: _Loosening) -> tuple[str, str]:
    return each.kind, each.rest


def _edited(each: _Loosening) -> tuple[str, str]:
    return each.kind, each.command


def _told(sides: Sides, each: _Loosening, *, stood_before: bool) -> Iterator[Finding]:
    shown = each.text if len(each.text) <= 100 else f"{each.text[:99]}…"  # noqa: PLR2004 -- as long as a message can bear
    severity = Severity.ERROR if sides.was else Severity.WARNING
    if each.rule == told.TESTS_DESELECTED:
        message, help = f"fewer tests are run, by {each.kind}: {shown}", _HELP_FEWER
    else:
        message, help = f"a failure may go unnoticed now, by {each.kind}: {shown}", _HELP_IGNORED
        checks = _CHECKS.search(each.rest) is not None
        if each.kind in _AFTER_A_COMMAND and _CLEANS_UP.match(_last_command(each.rest)):
            return
        usual = each.kind == "--no-verify" or (each.kind in _AFTER_A_COMMAND and not checks)
        if usual and not stood_before:
            severity = Severity.WARNING
    yield told.finding(
        each.rule, message, help, path=sides.path, line=each.line, about=f"{each.kind}\0{each.rest}", severity=severity
    )


_AFTER_A_COMMAND = frozenset({"|| true", "|| echo", "; true", "- recipe", "set +e"})


def _last_command(rest: str) -> str:
    """What a loosening stands behind: the last command of a line, without the key or target before it."""
    text = re.split(r"&&|;|\|\||\$\(|\bthen\b|\bdo\b", rest)[-1].strip() or rest
    return re.sub(r"^(?:-\s*)?(?:\"?[\w:.-]+\"?\s*:\s*)?[\"'|>]?\s*(?:run:\s*)?", "", text) or text


def _less_strict(sides: Sides, old_lines: list[str], new_lines: list[str]) -> Iterator[Finding]:
    """A command that is the same as before but for a flag that made it stricter."""
    if sides.old is None or sides.new is None:
        return
    now = {_plain(line): number for number, line in enumerate(new_lines, 1)}
    kept = {_plain(line) for line in new_lines}
    for line in old_lines:
        if len(line) > _LONGEST or _plain(line) in kept:
            continue
        for found in _STRICT.finditer(line):
            without = _plain(line[: found.start()] + line[found.end() :])
            if without and without in now:
                yield told.finding(
                    told.FAILURE_IGNORED,
                    f"a command is less strict: it lost {found[0].strip()}: {without[:100]}",
                    _HELP_IGNORED,
                    path=sides.path,
                    line=now[without],
                    about=f"lost {found[0].strip()}\0{without}",
                )
                break
