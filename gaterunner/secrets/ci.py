"""Which of a CI system's secrets a file of it refers to, for the systems that most projects use. Pure.

A branch that runs in CI can be given any secret that its workflow names, so a new name is a new door. What is read are
the values of the YAML as its parser sees them: comments name nothing; no escape, anchor or folded line hides a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import yaml

NAMED = "ci-secret"
"""One secret, by its name."""
ALL = "ci-all-secrets"
"""Every secret at once, or one that is chosen when the workflow runs."""
VARIABLE = "ci-variable"
"""A variable that is called like a credential, where the system hands all of its secrets to every job."""

MAX_BYTES = 1 << 20
_LONGEST_KEY = 200


class Reference(Struct, frozen=True):
    """One reference to a secret: a rule, what it is called there, and the line that names it first."""

    rule: str
    name: str
    line: int

    @property
    def key(self) -> tuple[str, str]:
        """Equal for two references to the same; the systems take no notice of case."""
        return self.rule, self.name.upper()


class _Value(Struct, frozen=True):
    """One value of a YAML file, the key that stands before it, and its line."""

    key: str
    text: str
    line: int


_Reader = Callable[[tuple[_Value, ...]], Iterator[Reference]]

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_CONTEXT = re.compile(r"""(?<![\w.'-])secrets(?![\w-])\s*(?:\.\s*([A-Za-z_][\w-]*)|\['([^']*)'\s*\])?""", re.IGNORECASE)
_LITERAL = re.compile(r"(?<!\[)'(?:[^']|'')*'")
# Every job is given it anyway; what it may do is set by `permissions`.
_EVERY_JOBS_OWN = frozenset({"GITHUB_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN", "CI_JOB_TOKEN", "CI_REGISTRY_PASSWORD"})
_CREDENTIAL = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|(?:DEPLOY|SSH|SIGNING|ENCRYPTION)_?KEY"
    r"|_(?:KEY|PAT|PWD|DSN)\Z"
)
_SHELL_VARIABLE = re.compile(r"(?<![\\$])\$(?:env:)?\{?([A-Z_][A-Z0-9_]{2,})\b")
_MACRO = re.compile(r"\$\(([A-Za-z_][\w.-]*)\)")
_JENKINS = re.compile(r"""\b(?:credentials\s*\(\s*|credentialsId\s*[:=]\s*)["']([^"'\n]{1,200})["']""")


def _github(values: tuple[_Value, ...]) -> Iterator[Reference]:
    for value in values:
        if value.key == "secrets" and value.text.strip().lower() == "inherit":
            yield Reference(ALL, "secrets: inherit", value.line)
        for expression in _EXPRESSION.finditer(value.text):
            line = value.line + value.text.count("\n", 0, expression.start())
            for found in _CONTEXT.finditer(_literals_out(expression[1])):
                name = found[1] or found[2]
                if name is None:
                    yield Reference(ALL, "the whole secrets context", line)
                elif name.upper() not in _EVERY_JOBS_OWN:
                    yield Reference(NAMED, name, line)


def _literals_out(expression: str) -> str:
    """An expression without its texts, except those that name a part of something: ``secrets['X']``."""
    return _LITERAL.sub("''", re.sub(r"\[\s+", "[", expression))


def _shell(values: tuple[_Value, ...]) -> Iterator[Reference]:
    # What the file sets itself is no secret of the system's.
    own = {value.key for value in values}
    for value in values:
        for found in _SHELL_VARIABLE.finditer(value.text):
            if _CREDENTIAL.search(found[1]) and found[1] not in own | _EVERY_JOBS_OWN:
                yield Reference(VARIABLE, found[1], value.line + value.text.count("\n", 0, found.start()))


def _keyed(*keys: str) -> _Reader:
    """Values of these keys are names of secrets."""

    def read(values: tuple[_Value, ...]) -> Iterator[Reference]:
        for value in values:
            if value.key in keys and value.text:
                yield Reference(NAMED, f"{value.key}: {value.text}"[:120], value.line)

    return read


def _encrypted(values: tuple[_Value, ...]) -> Iterator[Reference]:
    for value in values:
        if value.key == "secure" or value.text.startswith("ENCRYPTED["):
            yield Reference(NAMED, "an encrypted value", value.line)


def _azure(values: tuple[_Value, ...]) -> Iterator[Reference]:
    own = {value.text for value in values if value.key == "name"} | {value.key for value in values}
    for value in values:
        for found in _MACRO.finditer(value.text):
            if _CREDENTIAL.search(found[1].upper()) and found[1] not in own:
                yield Reference(NAMED, found[1], value.line + value.text.count("\n", 0, found.start()))


def _all_of(*readers: _Reader) -> _Reader:
    return lambda values: (reference for reader in readers for reference in reader(values))


def _system(paths: str, reader: _Reader) -> tuple[re.Pattern[str], _Reader]:
    return re.compile(paths, re.IGNORECASE), reader


_JENKINSFILE = re.compile(r"(?:\A|/)[^/]*jenkinsfile[^/]*\Z", re.IGNORECASE)
_SYSTEMS = (
    _system(r"\.(?:github|gitea|forgejo)/(?:.*/)?[^/]+\.ya?ml\Z", _github),
    _system(r"(?:.*/)?(?:[^/]*\.)?gitlab-ci\.ya?ml\Z|\.gitlab/.*\.ya?ml\Z", _all_of(_shell, _keyed("vault", "aud"))),
    _system(r"\.circleci/.*\.ya?ml\Z", _all_of(_shell, _keyed("context"))),
    _system(r"(?:.*/)?azure-pipelines[^/]*\.ya?ml\Z|\.azure-?pipelines/.*\.ya?ml\Z", _all_of(_azure, _keyed("group"))),
    _system(r"bitbucket-pipelines\.ya?ml\Z|\.buildkite/.*\.ya?ml\Z", _shell),
    _system(r"\.travis\.ya?ml\Z|\.cirrus\.ya?ml\Z|\.?appveyor\.ya?ml\Z", _all_of(_shell, _encrypted)),
    _system(r"\.drone\.ya?ml\Z|\.woodpecker(?:/.*)?\.ya?ml\Z", _all_of(_shell, _keyed("from_secret"))),
)


@lru_cache(maxsize=1 << 14)
def is_ci_file(path: str) -> bool:
    """Whether a CI system reads this file."""
    return _reader(path) is not None or _JENKINSFILE.search(path) is not None


def references(path: str, data: bytes) -> tuple[Reference, ...]:
    """Every secret that the file refers to, once, where it is named first; in the order of lines."""
    text = data.decode("utf-8", "replace")
    reader = _reader(path)
    found = _jenkins(text) if reader is None else reader(_values(text))
    first: dict[tuple[str, str], Reference] = {}
    for reference in sorted(found, key=lambda reference: reference.line):
        first.setdefault(reference.key, reference)
    return tuple(first.values())


def _reader(path: str) -> _Reader | None:
    return next((reader for paths, reader in _SYSTEMS if paths.match(path)), None)


def _jenkins(text: str) -> Iterator[Reference]:
    for found in _JENKINS.finditer(text):
        yield Reference(NAMED, found[1], text.count("\n", 0, found.start()) + 1)


def _values(text: str) -> tuple[_Value, ...]:
    """All scalars of a YAML file; the file as one value when it cannot be parsed or nobody can have written it."""
    if len(text) > MAX_BYTES:
        return _raw(text)
    try:
        return tuple(_scalars(text))
    except ValueError:
        return _raw(text)


def _raw(text: str) -> tuple[_Value, ...]:
    inherits = re.search(r"""(?i)\bsecrets["']?\s*:\s*["']?inherit""", text)
    whole = _Value("", text, 1)
    return (whole, _Value("secrets", "inherit", text.count("\n", 0, inherits.start()) + 1)) if inherits else (whole,)


def _scalars(text: str) -> Iterator[_Value]:
    import yaml  # only where a CI file is touched

    from gaterunner import safe_yaml

    anchors: dict[str, str] = {}
    nesting = _Nesting()
    for event in safe_yaml.events(text):
        if isinstance(event, yaml.CollectionEndEvent):
            nesting.leave()
        elif isinstance(event, yaml.CollectionStartEvent):
            nesting.enter(is_mapping=isinstance(event, yaml.MappingStartEvent))
        elif isinstance(event, yaml.ScalarEvent):
            anchors[event.anchor or ""] = event.value
            # A block scalar's text begins on the line after its sign.
            yield _Value(nesting.key_of(event.value), event.value, _line(event) + (event.style in ("|", ">")))
        elif isinstance(event, yaml.AliasEvent):
            said = anchors.get(event.anchor or "", "")
            yield _Value(nesting.key_of(said), said, _line(event))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


class _Nesting:
    """Which key a value of a YAML file stands under; the items of a list stand under the key of the list."""

    def __init__(self) -> None:
        self._levels: list[tuple[bool, str]] = []
        self._key: str | None = ""
        """The key of the next value; None where the next scalar is a key itself."""

    def enter(self, *, is_mapping: bool) -> None:
        key = self._key or ""
        self._levels.append((is_mapping, key))
        self._key = None if is_mapping else key

    def leave(self) -> None:
        self._levels.pop()
        self._after_value()

    def key_of(self, said: str) -> str:
        """The key of a scalar; empty for one that is a key."""
        if self._key is None:
            self._key = said[:_LONGEST_KEY]
            return ""
        key = self._key
        self._after_value()
        return key

    def _after_value(self) -> None:
        is_mapping, key = self._levels[-1] if self._levels else (False, "")
        self._key = None if is_mapping else key
