"""One case of the hostile corpus: an attack and its honest twin, as data. README.md describes the format.

Reading is strict: a key that nobody knows, a key given twice, a placeholder that names no credential and an expectation
that could never be met are errors, so that no case passes because it was mistyped.
"""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

from tests.secrets.credentials import CREDENTIALS

CASES = Path(__file__).with_name("cases")

Verdict = Literal["pass", "fail", "error", "pending", "usage"]
"""A verdict of a report; ``usage`` is an error with exit code 2, as a wrong workflow file is."""

Command = Literal["check", "run", "action"]
"""A command of the command line, or a step of a GitHub workflow with the container action's program."""

_PLACEHOLDER = re.compile(r"(?<!\$)\{\{(\w+)((?:\|\w+)*)\}\}")
_ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "hex": lambda data: data.hex().encode(),
    "gzip_base64": lambda data: base64.b64encode(gzip.compress(data, mtime=0)),
    "reversed": lambda data: data[::-1],
}


class CaseError(ValueError):
    """A case file that does not say what it should; names the file."""


class Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lies at a path. Exactly one of the first seven is given.

    ``base64``, ``hex`` and ``gzip_base64`` are texts that the file holds in that encoding; ``raw`` is the content's
    bytes as hex digits. ``encoding`` is that of ``text``, ``repeat`` how often the content is written.
    """

    text: str | None = None
    base64: str | None = None
    hex: str | None = None
    gzip_base64: str | None = None
    raw: str | None = None
    symlink: str | None = None
    submodule: str | None = None
    mode: Literal["100644", "100755"] = "100644"
    encoding: str = "utf-8"
    repeat: Annotated[int, Meta(ge=1)] = 1

    def __post_init__(self) -> None:
        kinds = ("text", "base64", "hex", "gzip_base64", "raw", "symlink", "submodule")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"a content is one of {', '.join(kinds)}; found {', '.join(given) or 'none'}")

    def data(self) -> bytes:
        """The bytes that the file holds."""
        if self.raw is not None:
            return bytes.fromhex(self.raw) * self.repeat
        if self.text is not None:
            return fill(self.text).encode(self.encoding, "surrogateescape") * self.repeat
        given = {"base64": self.base64, "hex": self.hex, "gzip_base64": self.gzip_base64}
        name, text = next((name, text) for name, text in given.items() if text is not None)
        return _ENCODINGS[name](fill(text).encode()) * self.repeat


Files = dict[str, str | Content | None]


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"name": "as"}):
    """A commit (``message`` and what goes with it), a git command line, a shell line, an earlier run of gaterunner (the
    arguments of its command line), or ``files`` alone: work that is not committed. ``input`` is for git's standard
    input; with ``as: name`` what it prints is ``{name}`` in later steps.
    """

    message: str | None = None
    files: Files = {}
    author: str | None = None
    committer: str | None = None
    date: str | None = None
    git: tuple[str, ...] | None = None
    input: str | None = None
    name: str | None = None
    shell: str | None = None
    run: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        acts = [act for act in ("message", "git", "shell", "run") if getattr(self, act) is not None]
        if len(acts) > 1 or not (acts or self.files):
            raise ValueError("a step is one of `message`, `git`, `shell`, `run`, or `files` alone")
        if self.files and acts not in ([], ["message"]):
            raise ValueError("`files` go with `message`, or stand alone")
        if self.message is None and (self.author or self.committer or self.date):
            raise ValueError("`author`, `committer` and `date` go with `message`")
        if self.git is None and (self.input is not None or self.name is not None):
            raise ValueError("`input` and `as` go with `git`")


class Base(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lies on main: ``files`` besides the default ones (null leaves one out), then further ``steps``."""

    files: Files = {}
    steps: tuple[Step, ...] = ()


class Review(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One review of the pull request: of the head without ``commit``. ``editors`` are who edited its text since."""

    author: str
    state: str = "APPROVED"
    commit: str | None = None
    body: str = ""
    kind: Literal["User", "Bot"] = "User"
    editors: tuple[str, ...] = ()


class GitHub(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pull request that the action judges: the branch into main, opened by ``author``, who may write.

    ``wrote`` are the accounts of those who made commits, by e-mail address (null for one without an account); all
    others are the author's. ``inputs`` are those of the action's step.
    """

    event: Literal["pull_request", "pull_request_review", "pull_request_target"] = "pull_request"
    author: str = "octocat"
    fork: bool = False
    permissions: dict[str, str] = {}
    reviews: tuple[Review, ...] = ()
    wrote: dict[str, str | None] = {}
    auto_merge_by: str | None = None
    inputs: dict[str, str] = {}


Need = Literal["docker", "root"]
"""What a machine must have for a case: a Docker engine that the user reaches, or the rights of root."""


class Expect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the run must end with.

    ``rule`` are the rules that must be told, ``gate:unit`` for a gate and ``policy:clean-main`` for a policy that did
    not pass; ``path`` is that of a finding of the first rule. ``says`` are texts that the report holds, ``never`` texts
    that no output of the run may hold. ``quiet`` are rules that must not be told. ``check`` is how the published check
    run ended, ``none`` where there must not be one.
    """

    verdict: Verdict
    rule: str | tuple[str, ...] = ()
    path: str | None = None
    says: str | tuple[str, ...] = ()
    never: str | tuple[str, ...] = ()
    quiet: str | tuple[str, ...] = ()
    check: Literal["success", "failure", "neutral", "none"] | None = None

    def __post_init__(self) -> None:
        if self.path is not None and not self.rule:
            raise ValueError("`path` is that of a finding, so `rule` must be given")


class Twin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The honest work that looks most like the attack. What is not given is the attack's."""

    title: str
    branch: tuple[Step, ...]
    expect: Expect
    base: Base | None = None
    environment: dict[str, str] | None = None
    command: Command | None = None
    arguments: tuple[str, ...] | None = None
    github: GitHub | None = None
    known: str | None = None


class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file. ``known`` says why a miss is one that the documentation admits. ``unprivileged`` is for what root could
    do anyway: where the corpus runs as root, the checkout belongs to somebody else, and so do its gates. ``started_by``
    is in the environment of the process that starts the run, and not in that of the run.
    """

    title: str
    branch: tuple[Step, ...]
    expect: Expect
    twin: Twin
    base: Base = Base()
    environment: dict[str, str] = {}
    started_by: dict[str, str] = {}
    command: Command = "check"
    arguments: tuple[str, ...] = ()
    github: GitHub | None = None
    unprivileged: bool = False
    needs: tuple[Need, ...] = ()
    known: str | None = None


class Side(Struct, frozen=True, kw_only=True):
    """One half of a case, with everything that its run takes."""

    area: str
    name: str
    is_attack: bool
    title: str
    base: Base
    branch: tuple[Step, ...]
    environment: dict[str, str]
    started_by: dict[str, str]
    command: Command
    arguments: tuple[str, ...]
    github: GitHub | None
    unprivileged: bool
    needs: tuple[Need, ...]
    expect: Expect
    known: str | None

    @property
    def id(self) -> str:
        """``area/name`` for the attack and ``area/name (twin)``."""
        return f"{self.area}/{self.name}{'' if self.is_attack else ' (twin)'}"


def read_sides(folder: Path = CASES) -> tuple[Side, ...]:
    """All attacks and twins under a folder, by name. Raises ``CaseError``."""
    stray = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".yml"]
    if stray:
        raise CaseError(f"{stray[0]}: a case is a file that ends in .yml")
    return tuple(side for path in sorted(folder.rglob("*.yml")) for side in sides(path, read_case(path)))


def read_case(path: Path) -> Case:
    """One case file. Raises ``CaseError`` for anything that is not exactly one."""
    try:
        plain = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 (a safe loader, with one check more)
        case = msgspec.convert(plain, Case, strict=True)
        for text in _texts(plain):
            fill(text)
    except (yaml.YAMLError, msgspec.ValidationError, ValueError) as error:
        raise CaseError(f"{path}: {error}") from None
    if case.expect.verdict == "pass" and not (case.expect.rule or case.expect.never or case.expect.says):
        raise CaseError(f"{path}: an attack that may pass must at least be told: give `rule`, `says` or `never`")
    for side in sides(path, case):
        if reason := _mismatch(side):
            raise CaseError(f"{path}: {reason}")
    return case


def _mismatch(side: Side) -> str | None:
    """What a side says that its command has no use for; None where nothing."""
    hosted = side.command == "action"
    if (side.github is not None or side.expect.check is not None) and not hosted:
        return "`github` and `check` go with `command: action`"
    if hosted and (side.arguments or side.unprivileged or side.started_by):
        return "the action has `inputs` instead of `arguments`, and neither `unprivileged` nor `started_by`"
    if side.unprivileged and any(step.run is not None for step in (*side.base.steps, *side.branch)):
        return "`unprivileged` gives the checkout away once all steps are done, so none of them may be a `run`"
    return None


def sides(path: Path, case: Case) -> tuple[Side, Side]:
    """The attack and its twin."""
    twin = case.twin
    attack = Side(
        area=path.parent.name,
        name=path.stem,
        is_attack=True,
        title=case.title,
        base=case.base,
        branch=case.branch,
        environment=case.environment,
        started_by=case.started_by,
        command=case.command,
        arguments=case.arguments,
        github=case.github,
        unprivileged=case.unprivileged,
        needs=case.needs,
        expect=case.expect,
        known=case.known,
    )
    return attack, msgspec.structs.replace(
        attack,
        is_attack=False,
        title=twin.title,
        base=case.base if twin.base is None else twin.base,
        branch=twin.branch,
        environment=case.environment if twin.environment is None else twin.environment,
        command=twin.command or case.command,
        arguments=case.arguments if twin.arguments is None else twin.arguments,
        github=case.github if twin.github is None else twin.github,
        expect=twin.expect,
        known=twin.known,
    )


def fill(text: str) -> str:
    """The text with ``{{name}}`` and ``{{name|base64}}`` replaced by a credential. Raises ``ValueError``."""
    return _PLACEHOLDER.sub(lambda found: _credential(found[1], found[2]), text)


def credentials_in(text: str) -> set[str]:
    """The values that ``fill`` puts into a text, not encoded: no output of a run may hold one."""
    return {CREDENTIALS[found[1]] for found in _PLACEHOLDER.finditer(text) if found[1] in CREDENTIALS}


def _credential(name: str, encodings: str) -> str:
    if name not in CREDENTIALS:
        raise ValueError(f"{{{{{name}}}}} is none of the credentials in tests/secrets/credentials.py")
    value = CREDENTIALS[name].encode()
    for encoding in encodings.split("|")[1:]:
        if encoding not in _ENCODINGS:
            raise ValueError(f"`{encoding}` is none of {', '.join(_ENCODINGS)}")
        value = _ENCODINGS[encoding](value)
    return value.decode()


def _texts(plain: Any) -> list[str]:
    """Every text in a document, keys included."""
    if isinstance(plain, str):
        return [plain]
    if isinstance(plain, dict):
        return [text for pair in plain.items() for item in pair for text in _texts(item)]
    return [text for item in plain for text in _texts(item)] if isinstance(plain, list) else []


class _Loader(yaml.SafeLoader):
    """YAML without timestamps, and without a key that silently replaces another."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise ValueError(f"`{twice[0]}` is given twice in line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
