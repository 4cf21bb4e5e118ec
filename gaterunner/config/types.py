"""What a workflow file says, as frozen types. No parsing here (``grammar.py``) and no IO."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from gaterunner.config.telemetry_rules import TelemetryRules
from gaterunner.model import Mode

DEFAULT_PATH = ".gaterunner.yml"
WAIVERS_PATH = ".gaterunner/waivers.yml"
CUTOVERS_PATH = ".gaterunner/cutovers.yml"
PANEL_PATH = ".gaterunner/panel.yml"
DECISIONS_PATH = ".gaterunner/decisions.jsonl"
PHASE_BRANCHES = "feat/"
"""What the branch of a phase begins with, where the phase names no other."""
SPECS = "specs/{phase}.md"
"""Where the spec of a phase lies, where the workflow says no other place."""
DEFAULT_TIMEOUT_S = 30 * 60.0
DEFAULT_SERVICE_START_S = 60.0
DEFAULT_PIDS = 4096
BOOKKEEPING_SCHEMA = "gaterunner_rehearsal"
"""Where a rehearsal of plain SQL files notes which were applied."""


class Position(Struct, frozen=True):
    """Where something stands in the workflow file; both count from 1."""

    line: int
    column: int


class Service(Struct, frozen=True, kw_only=True):
    """One declared service, its defaults not yet filled in (``services/known.py`` knows PostgreSQL, Redis and others).

    ``port`` is the port it listens on in its container, ``publish`` a fixed port of 127.0.0.1 to publish it on besides.
    ``health`` is a command for the container's shell that ends with 0 when the service is ready, awaited for at most
    ``start_timeout_s`` seconds. ``command`` replaces the arguments of the image's entry point.
    """

    name: str
    position: Position
    image: str
    port: int | None = None
    publish: int | None = None
    env: tuple[tuple[str, str], ...] = ()
    command: tuple[str, ...] = ()
    health: str | None = None
    start_timeout_s: float = DEFAULT_SERVICE_START_S


class Resources(Struct, frozen=True, kw_only=True):
    """What a gate's container may use. ``memory`` in bytes and ``cpus`` are unlimited when None.

    ``read_only`` makes the container's root file system read-only; ``tmpfs`` are absolute paths that get an empty
    file system in memory (/tmp always does when read-only).
    """

    memory: int | None = None
    cpus: float | None = None
    pids: int = DEFAULT_PIDS
    read_only: bool = False
    tmpfs: tuple[str, ...] = ()


class TestRules(Struct, frozen=True, kw_only=True):
    """What `tests:` asks beyond its files.

    ``minimum`` is how many tests must have been executed (passed or failed). ``baseline`` says where the base's tests
    come from: None (the base's last report where one is kept, told as warnings only), ``report`` or ``run``.
    ``base_tests`` are globs relative to the root: with ``run``, the base's files of these paths are also laid over the
    head's code and run. ``missing`` says what becomes of a gate whose tests are gone, newly skipped, unexecuted or
    weaker than the base's.
    """

    __test__: ClassVar[bool] = False  # pytest takes every class named Test… for a test case

    minimum: int = 1
    baseline: Literal["report", "run"] | None = None
    base_tests: tuple[str, ...] = ()
    missing: Literal["fail", "warn"] = "fail"


class CoverageRules(Struct, frozen=True, kw_only=True):
    """What `coverage:` asks: result files (globs relative to ``cwd``) and least percentages of lines, 0 to 100."""

    files: tuple[str, ...]
    minimum: float | None = None
    changed_minimum: float | None = None


class Flag(Struct, frozen=True, kw_only=True):
    """A declared feature flag: the variable that carries it to the program, and what it says when off and on."""

    name: str
    position: Position
    env: str
    off: str = "false"
    on: str = "true"


class Database(Struct, frozen=True, kw_only=True):
    """What `database:` says of the develop database: its environment's name, and the image that gates get it from.

    ``cutovers`` says that it declares the policy of that name: a declared cutover may then drop what it replaced.
    """

    environment: str
    service: Service | None = None
    cutovers: bool = False


GateKind = Literal["command", "migration-rehearsal", "rollback-rehearsal", "sentry-clean"]
TrafficSource = Literal["spans", "sessions", "errors"]


class SentryRules(Struct, frozen=True, kw_only=True):
    """What a gate of the kind ``sentry-clean`` asks Sentry for. Durations are in seconds.

    The window is clean when no new, regressed or unhandled issue of ``release`` was seen in ``environment`` for
    ``window_s`` after its deploy; it is judged ``settle_s`` after its end, when events under way have come in, with at
    least ``minimum`` items of ``traffic``. What waits longer than ``max_wait_s`` is not waited for any more.

    ``release`` is a template: ``{head}`` is the head's full commit id, ``{head:12}`` its first twelve digits.
    ``ignore`` are queries in Sentry's language whose issues do not count. ``url``, ``organization`` and ``projects``
    are None or empty where gaterunner's own environment says them; ``token`` names the variable that holds the token.
    """

    environment: str
    window_s: float
    settle_s: float = 600.0
    max_wait_s: float = 72 * 3600.0
    release: str = "{head}"
    traffic: TrafficSource = "spans"
    minimum: int = 1
    ignore: tuple[str, ...] = ()
    url: str | None = None
    organization: str | None = None
    projects: tuple[str, ...] = ()
    token: str = "SENTRY_AUTH_TOKEN"


class Gate(Struct, frozen=True, kw_only=True):
    """One declared gate. ``run`` is None for a bare name: ``conventions`` finds its command.

    ``kind`` is what is done with it: ``command`` executes it, ``migration-rehearsal`` has it apply migrations,
    ``rollback-rehearsal`` runs other ``gates`` on the base's code with the branch's migrations kept (none named: those
    of the spec, or all that are commands; ``run`` then applies migrations), and ``sentry-clean`` executes nothing and
    asks Sentry, as ``sentry`` says (None for the other kinds).

    ``needs`` is None when not given: the gate then follows the one above it in the list. ``timeout_s`` is in seconds.
    ``paths`` and ``inputs`` are globs relative to the repository's root, ``tests`` relative to ``cwd``. ``image`` is
    None to run where the workflow says. ``network`` is None when not given: ``bridge``, with its services in reach.
    ``telemetry`` says what its program must send of its own running; None gives it nowhere to send it.
    ``flags`` says in which states of the workflow's flags the gate runs; None passes none on.
    """

    name: str
    position: Position
    kind: GateKind = "command"
    sentry: SentryRules | None = None
    gates: tuple[str, ...] = ()
    run: str | None = None
    shell: Literal["bash", "sh"] = "bash"
    cwd: str = "."
    env: tuple[tuple[str, str], ...] = ()
    timeout_s: float = DEFAULT_TIMEOUT_S
    needs: tuple[str, ...] | None = None
    paths: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    test_rules: TestRules = TestRules()
    coverage: CoverageRules | None = None
    telemetry: TelemetryRules | None = None
    advisory: bool = False
    image: str | None = None
    resources: Resources | None = None
    network: Literal["none", "services", "bridge"] | None = None
    services: tuple[Service, ...] = ()
    database: bool = False
    retries: int = 0
    inputs: tuple[str, ...] = ()
    shards: int = 1
    flags: Literal["both", "off", "on"] | None = None


ELSEWHERE = "elsewhere"
"""Where a path belongs that no area names."""


class Area(Struct, frozen=True, kw_only=True):
    """A part of the repository that lines are counted by; ``paths`` are globs relative to its root."""

    name: str
    position: Position
    paths: tuple[str, ...]


class Phase(Struct, frozen=True, kw_only=True):
    """One named step of the work. ``branch`` is the one branch of it, ``feat/<name>`` where none is given.

    ``after`` are the phases that have to be done before it; None when not given: the one above it. ``gates`` and
    ``policies`` are those that apply to it, None for all. ``done_at`` is a commit that completed it, for a history that
    does not tell.
    """

    name: str
    position: Position
    branch: str
    after: tuple[str, ...] | None = None
    gates: tuple[str, ...] | None = None
    policies: tuple[str, ...] | None = None
    done_at: str | None = None


class DeclaredPolicy(Struct, frozen=True, kw_only=True):
    """One declared policy with its decoded options (the ``Options`` type of its kind)."""

    name: str
    options: Struct
    position: Position


class Workflow(Struct, frozen=True, kw_only=True):
    """A whole workflow file after every check that needs nothing but the file itself.

    ``executor`` is where gates run that name no ``image`` of their own; ``docker`` then uses the workflow's ``image``.
    ``services`` are for the whole run: every gate reaches them. ``keep_going`` starts gates after another has failed.
    ``specs`` is where the spec of a phase lies; ``{phase}`` in it stands for the phase's name.
    ``flag_manifest`` are the files that declare feature flags.
    ``areas`` are what lines are counted by, a path in the first that matches.
    """

    path: str
    mode: Mode
    phases: tuple[Phase, ...]
    gates: tuple[Gate, ...]
    policies: tuple[DeclaredPolicy, ...]
    executor: Literal["local", "docker"] = "local"
    image: str | None = None
    services: tuple[Service, ...] = ()
    flags: tuple[Flag, ...] = ()
    database: Database | None = None
    keep_going: bool = False
    specs: str = SPECS
    flag_manifest: tuple[str, ...] = ()
    areas: tuple[Area, ...] = ()
