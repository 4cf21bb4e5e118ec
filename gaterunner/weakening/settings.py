"""Settings of checks that a change makes weaker: thresholds, strictness, what is left out, what is selected."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from gaterunner.model import Finding
from gaterunner.weakening import findings as told
from gaterunner.weakening.paths import is_others
from gaterunner.weakening.settings_files import Setting, read_settings
from gaterunner.weakening.sides import Sides

_OWN = re.compile(
    r"""(?xi) (?:^|/) (?: \.?(?:ruff|mypy|pytest|coverage|pylintrc|flake8|bandit|pyrightconfig|pycodestyle|pydocstyle)
        (?:\.(?:toml|ini|cfg|json|ya?ml))? | \.coveragerc | tsconfig[^/]*\.json | \.eslintrc[^/]* | \.eslintignore
      | (?:eslint|oxlint|biome|jest|vitest|vite|karma|cypress|playwright|stryker|ava|tslint|stylelint|next|\.oxlintrc)
        [^/]*\.(?:[cm]?[jt]s|jsonc?|ya?ml) | \.(?:nyc|c8|mocha|stylelint|swcrc|remarkrc)[^/]*
      | \.?golangci\.(?:ya?ml|toml) | \.rubocop[^/]*\.yml | \.?codecov\.ya?ml | \.codeclimate\.yml
      | sonar-project\.properties | phpunit\.xml(?:\.dist)? | phpstan[^/]* | psalm\.xml[^/]* | infection\.json5?
      | \.?clippy\.toml | deny\.toml | audit\.toml | detekt[^/]*\.ya?ml | checkstyle\.xml | \.semgrepignore
      | \.gitleaks\.toml | \.gitleaksignore | \.trivyignore | \.shellcheckrc | \.yamllint[^/]* | \.hadolint\.ya?ml
      | \.?mutmut[^/]* | tox\.ini | nyc\.config\.[cm]?js )$"""
)
# In these, only what belongs to a check counts: they say much else.
_SHARED = re.compile(
    r"(?i)(?:^|/)(?:pyproject\.toml|setup\.cfg|package\.json|cargo\.toml|pom\.xml|build\.gradle(?:\.kts)?|composer\.json"
    r"|deno\.jsonc?|[^/]+\.csproj|directory\.build\.props)$"
)
_BUNDLER = re.compile(r"(?:^|/)(?:vite|next)\.config\.[^/]+$")
_OF_A_BUNDLER = re.compile(r"(?i)\btest\b|coverage|lint|ignoreBuild|failOn|emit(?:Error|Warning)")
_TOOL = re.compile(
    r"(?i)ruff|mypy|pytest|coverage|flake8|pylint|pyright|bandit|pycodestyle|pydocstyle|codespell|jest|vitest|eslint|nyc"
    r"|\bc8\b|mocha|stryker|\bava\b|\bxo\b|deptry|vulture|mutmut|interrogate|\bty\b|\bpyre\b|lints|clippy|jacoco|surefire"
    r"|failsafe|pitest|spotbugs|checkstyle|pmd|lint|kover|detekt|tox|warning|nullable|analy[sz]|threshold"
)
_AT_LEAST = re.compile(
    r"^(?:cov_?)?fail_?under$|^min(?:imum)?_?(?:coverage|msi|covered_?msi|score|branch)?$|^(?:branches|functions|lines"
    r"|statements|regions|instructions)$|^break$|^target$|^coverage_?threshold$|^level$|^mutation_?threshold$"
)
_AT_MOST = re.compile(
    r"^max_?warnings$|^max_?complexity$|^error_?level$|^threshold$|^(?:cognitive|cyclomatic)_?complexity$"
)
_STRICT = re.compile(
    r"^strict\w*$|^disallow_\w+$|^warn_\w+$|^check_untyped_defs$|^no_?implicit\w*$|^no_?unused\w*$|^no_?unchecked\w*$"
    r"|^xfail_strict$|^exact_?optional\w*$|^forbid_?only$|^fail_?on_?\w+$|^check_?coverage$|^checkjs$|^always_?strict$"
    r"|^\w*warnings_?as_?errors$|^branch$|^error_?on_?\w+$|^halt_?on_?\w+$|^be_?strict\w*$"
)
_LENIENT = re.compile(
    r"^ignore_errors$|^ignore_missing_imports$|^allow_untyped\w*$|^pass_?with_?no_?tests$|^test_?failure_?ignore$"
    r"|^skip_?tests?$|^skip_?its$|^ignore_?failures$|^ignore_?build_?errors$|^ignore_?during_?builds$|^no_?check$"
    r"|^allow_?failures?$|^dangerously\w+$|^ignore_?warnings$|^maven_test_skip$"
)
_LEFT_OUT = re.compile(
    r"^(?:extend_?)?(?:exclude[sd]?|ignore[sd]?|per_?file_?ignores)$|^(?:extend_)?per_file_ignores$|^omit$|^norecursedirs$"
    r"|^collect_ignore(?:_glob)?$|^ignore_?(?:paths?|patterns?|files?)$|^(?:test|module|coverage)_?path_?ignore_?patterns$"
    r"|^exclude_?(?:lines|also|dirs|files|rules|paths|patterns?)$|^skips?$|^disable[d]?(?:_error_code|_rules)?$"
    r"|^disabled_?rules$|^exclusions$|^excluded_?\w*$|^allowlist$|^ignored_?\w+$|^ignoreissues$"
)
_SELECTED = re.compile(r"^(?:extend_)?select$|^enable[d]?$|^enable_error_code$|^testpaths$|^filterwarnings$|^source$")
_RULES = re.compile(r"(?i)(?:^|\.)(?:rules|lints|lint|cops?)(?:\.|$)")
_WEIGHT = {"error": 2, "2": 2, "deny": 3, "forbid": 4, "true": 2, "warn": 1, "warning": 1, "1": 1, "off": 0, "0": 0}
_WEIGHT |= {"false": 0, "allow": 0, "none": 0, "standard": 1, "basic": 0, "recommended": 1, "strict": 2, "info": 1}
_LISTED = 3
_HELP_THRESHOLD = "Add the tests that are missing and leave the threshold as it is on the base."
_HELP_NARROWED = (
    "Repair what the check points at and leave its settings as they are; or have somebody approve this head."
)


class _Weaker(Struct, frozen=True):
    """One setting that says less than before; ``name`` and ``worth`` excuse it where another file says it now."""

    rule: str
    message: str
    line: int | None
    name: str
    value: str


class Settings:
    """Looks at one file after the other; what only moved to another settings file is none."""

    def __init__(self) -> None:
        self._lost: list[tuple[str, _Weaker]] = []
        self._added: Counter[tuple[str, str]] = Counter()

    @staticmethod
    def wants(path: str) -> bool:
        """True for a file in which a test runner, linter, type checker or coverage tool is set up."""
        return (_OWN.search(path) or _SHARED.search(path)) is not None and not is_others(path)

    def look(self, sides: Sides) -> Iterator[Finding]:
        """What one file tells by itself."""
        old = None if sides.old_too_large else _read(sides.old_path, sides.old)
        new = None if sides.new_too_large else _read(sides.path, sides.new)
        if new is None or (old is None and sides.is_there):
            yield _unreadable(sides)
            return
        before, after = old or [], new or []
        self._added.update((_last(each), each.value) for each in after)
        if not sides.was:
            return
        yield from _grouped(sides.path, list(_left_out(before, after)))
        self._lost += [(sides.path, each) for each in _lost(before, after)]

    def findings(self) -> Iterator[Finding]:
        """What no other settings file says now: call it last."""
        by_path: dict[str, list[_Weaker]] = {}
        for path, each in self._lost:
            if not self._added[each.name, each.value]:
                by_path.setdefault(path, []).append(each)
        for path, here in by_path.items():
            yield from _grouped(path, here)


def _read(path: str, data: bytes | None) -> list[Setting] | None:
    if data is None:
        return []
    found = read_settings(path, data)
    if found is None:
        return None
    if _BUNDLER.search(path):
        return [each for each in found if _OF_A_BUNDLER.search(".".join(each.keys))]
    if _OWN.search(path):
        return found
    return [each for each in found if _TOOL.search(".".join(each.keys))]


def _name(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower().replace("-", "_").replace(".", "_")


def _last(each: Setting) -> str:
    """The key that says what a value is for: of ``per-file-ignores`` and the like, the one above the file's name."""
    if len(each.keys) > 1 and _LEFT_OUT.match(_name(each.keys[-2])) and "ignore" in each.keys[-2]:
        return _name(each.keys[-2])
    return _name(each.keys[-1])


def _where(each: Setting) -> str:
    return ".".join(each.keys)


def _left_out(before: Sequence[Setting], after: Sequence[Setting]) -> Iterator[_Weaker]:
    """What is left out of a check now, and switches that make one lenient."""
    known = Counter((_last(each), each.value) for each in before)
    for each in after:
        name = _last(each)
        if known[name, each.value]:
            known[name, each.value] -= 1
        elif _LENIENT.match(name) and each.value.lower() in {"true", "1", "yes"}:
            yield _Weaker(told.CHECK_NARROWED, f"{_where(each)} is set", each.line, name, each.value)
        elif _LEFT_OUT.match(name) and each.value.lower() not in {"", "false", "[]"}:
            yield _Weaker(told.CHECK_NARROWED, f"{_where(each)} has {each.value} now", each.line, name, each.value)


def _lost(before: Sequence[Setting], after: Sequence[Setting]) -> Iterator[_Weaker]:
    """Settings that say less than before, or nothing any more."""
    kept = {(each.keys, each.value) for each in after}
    now: dict[tuple[str, ...], list[Setting]] = {}
    for each in after:
        now.setdefault(each.keys, []).append(each)
    for each in before:
        name, there = _last(each), now.get(each.keys, [])
        if (
            each.keys,
            each.value,
        ) not in kept and "paths" not in each.keys:  # coverage's own `paths` joins folders, and leaves none out
            yield from _less(each, name, there)


def _less(old: Setting, name: str, there: Sequence[Setting]) -> Iterator[_Weaker]:
    new = there[0] if len(there) == 1 else None
    line, value = (new.line, new.value) if new else (None, "")
    became = f"is {value} now, {old.value} on the base" if new else f"is gone, {old.value} on the base"
    limits = _number(old.value) is not None
    rule = None
    if limits and (_AT_LEAST.match(name) or _AT_MOST.match(name)):
        rule = told.THRESHOLD_LOWERED if _is_lower(old.value, value, upside_down=bool(_AT_MOST.match(name))) else None
    elif _STRICT.match(name):
        rule = told.CHECK_NARROWED if _weight(old.value) > _weight(value) else None
    elif _SELECTED.match(name):
        switched = _weight(old.value, -1) > _weight(value, 9)
        rule = told.CHECK_NARROWED if not new or switched or _weight(old.value, -1) < 0 else None
        became = f"has {old.value} no more"
    elif _RULES.search(_where(old)) or name in {
        "type_checking_mode",
        "enabled",
        "active",
        "severity",
        "fail_ci_if_error",
    }:
        rule = told.CHECK_NARROWED if new and _weight(old.value, -1) > _weight(value, 9) else None
    if rule is not None:
        yield _Weaker(rule, f"{_where(old)} {became}", line, name, old.value)


def _number(value: str) -> float | None:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%?\s*", value)
    return float(found[1]) if found else None


def _is_lower(old: str, new: str, *, upside_down: bool) -> bool:
    before, after = _number(old), _number(new)
    if before is None:
        return False
    if after is None:
        return new != "auto"  # Codecov's word for: no less than the base has
    return after > before if upside_down else after < before


def _weight(value: str, unknown: int = 0) -> int:
    first = re.match(r"[\[\s\"']*(\w+)", value)
    return _WEIGHT.get(first[1].lower(), unknown) if first else unknown


def _grouped(path: str, here: Sequence[_Weaker]) -> Iterator[Finding]:
    for rule, help in ((told.THRESHOLD_LOWERED, _HELP_THRESHOLD), (told.CHECK_NARROWED, _HELP_NARROWED)):
        mine = [each for each in here if each.rule == rule]
        if not mine:
            continue
        more = f"; and {len(mine) - _LISTED} more" if len(mine) > _LISTED else ""
        kind = "a threshold is lower" if rule == told.THRESHOLD_LOWERED else "a check looks at less"
        yield told.finding(
            rule,
            f"{kind}: {'; '.join(each.message[:120] for each in mine[:_LISTED])}{more}",
            help,
            path=path,
            line=next((each.line for each in mine if each.line), None),
            about="\0".join(sorted(each.message for each in mine)),
        )


def _unreadable(sides: Sides) -> Finding:
    return told.finding(
        told.CHECK_NARROWED,
        "the settings of a check cannot be read on both sides, so what they leave out is not known",
        "Repair the file's syntax; settings of more than 256 kB are not read.",
        path=sides.path,
        about="unreadable",
    )
