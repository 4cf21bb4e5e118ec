"""What a user sees of `no-prod-db-writes`: which gate would reach what, and what was only looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import Workflow
from gaterunner.errors import EvaluationError, WorkflowFileError
from gaterunner.model import Outcome, PolicyResult, Severity
from gaterunner.plan import PlannedGate
from gaterunner.policies import POLICIES
from gaterunner.policies.no_prod_db_writes import UNWEIGHED, Options, RuleName
from gaterunner.targets.seat_belt import with_seat_belt
from tests.gitrepo import Files, Repository
from tests.policies.judging import judge_policy

NAME = "no-prod-db-writes"
PROD = "postgresql://svc@prod.corp.net/app"
IMAGE = "image: 'python:3.13-slim'"


def workflow(gates: str = "[unit: 'true']", more: str = "") -> Workflow:
    return parse_workflow(f"workflow:\n  gates: {gates}\n{more}".encode(), ".gaterunner.yml")


def judge(
    repo: Repository, gates: str = "[unit: 'true']", options: Options | None = None, more: str = "", **context: Any
) -> PolicyResult:
    return judge_policy(repo, NAME, options, workflow=workflow(gates, more), **context)


def told(result: PolicyResult, severity: Severity | None = Severity.ERROR) -> list[tuple[str, str | None, int | None]]:
    return [
        (finding.rule.removeprefix("no-prod/"), finding.path, finding.line)
        for finding in result.findings
        if severity in (None, finding.severity)
    ]


@pytest.fixture
def branch(repo: Repository) -> Repository:
    """A branch with one harmless commit."""
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})
    return repo


def changed(repo: Repository, base: Files, branch: Files) -> Repository:
    repo.commit("Base", base)
    repo.switch("feat/x", create=True)
    repo.commit("Work", branch)
    return repo


# --- gates -----------------------------------------------------------------------------------------------------------


def test_a_bare_name_passes_a_project_that_tests_on_this_machine(branch: Repository) -> None:
    result = judge(
        branch, environment={"DATABASE_URL": "postgres://postgres:postgres@localhost:5432/test", "PATH": "/bin"}
    )

    assert result.outcome is Outcome.PASSED
    assert result.reason == "no gate would reach a database that is not allowed"
    assert result.expected == "gates reach no databases but those that gaterunner makes, this machine's"
    assert result.observed == (
        "enforced: no production credential in the environment of the gate; checked, not enforced: "
        "1 of 1 address of gates allowed, 0 settings files, added lines of 1 file"
    )


@pytest.mark.parametrize(
    ("env", "by", "host"),
    [
        ("{DATABASE_URL: 'postgresql://prod.corp.net/app'}", "DATABASE_URL", "prod.corp.net/app"),
        ("{DATABASE_URL: 'postgresql://localhost/app?hostaddr=10.0.0.5'}", "DATABASE_URL", "10.0.0.5/app"),
        ("{PGHOSTADDR: 10.0.0.5}", "PGHOSTADDR", "10.0.0.5"),
        ("{MYSQL_HOST: prod.corp.net}", "MYSQL_HOST", "prod.corp.net"),
        ("{DB_HOST: 'PROD.corp.net.'}", "DB_HOST", "prod.corp.net"),
    ],
)
def test_a_gate_that_would_reach_production_fails(branch: Repository, env: str, by: str, host: str) -> None:
    result = judge(branch, f"[unit: {{run: 'true', env: {env}}}]")

    assert result.outcome is Outcome.FAILED
    assert result.reason == f"gate `unit` would reach {host} by {by}"
    assert told(result) == [("gate-target", None, None)]
    assert (result.findings[0].help or "").startswith("If it is meant for gates, list it under the policy's `allow`")


def test_what_the_operator_s_environment_hands_to_gates_counts(branch: Repository) -> None:
    environment = {"PGHOST": "prod.corp.net", "PGUSER": "svc"}

    assert judge(branch, environment=environment).reason == "gate `unit` would reach prod.corp.net by PGHOST"
    # In a container a gate gets nothing of the machine's.
    assert judge(branch, f"[unit: {{run: 'true', {IMAGE}}}]", environment=environment).outcome is Outcome.PASSED


def test_a_url_with_a_password_for_elsewhere_is_withheld_and_so_no_danger(branch: Repository) -> None:
    url = "postgresql://svc:" + "pw" + "@prod.corp.net/app"

    assert judge(branch, environment={"DATABASE_URL": url}).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "command", ["psql -h prod.corp.net -c 'select 1'", "DATABASE_URL=postgres://prod.corp.net/a make"]
)
def test_a_gate_s_command_may_name_a_database(branch: Repository, command: str) -> None:
    result = judge(branch, f'[unit: {{run: "{command}"}}]')

    assert result.outcome is Outcome.FAILED
    assert "by its command" in result.reason


def test_gates_that_are_skipped_are_not_looked_at_and_those_that_run_are_told_together(branch: Repository) -> None:
    made = workflow("[a: {run: 'true', env: {PGHOST: p.corp.net}}, b: {run: 'true', env: {PGHOST: p.corp.net}}]")
    plan = tuple(PlannedGate(gate=gate, command="true", why="") for gate in made.gates)

    result = judge_policy(branch, NAME, workflow=made, plan=plan)

    assert result.reason == "gates `a`, `b` would reach p.corp.net by PGHOST"


def test_what_gaterunner_makes_for_gates_is_their_own(branch: Repository) -> None:
    made = "  database: {environment: develop, service: 'postgres:16'}\n  services: {cache: 'redis:7'}\n"
    gates = (
        f"[unit: {{run: 'true', database: true, network: services, {IMAGE}, env: {{REDIS_URL: 'redis://cache/1'}}}}]"
    )

    result = judge(branch, gates, Options(local="refuse"), made)

    assert result.outcome is Outcome.PASSED
    assert result.observed == (
        "enforced: no production credential in the environment of the gate, "
        "no Docker socket and none of the machine's files for the gate, "
        "no network but that of their services for the gate, "
        "a role that owns nothing but a database of its own for the gate; checked, not enforced: "
        "4 of 4 addresses of gates allowed, 0 settings files, added lines of 1 file"
    )


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ("{PGSERVICE: prod}", "the service `prod` is looked up in a file of the machine (~/.pg_service.conf)"),
        (
            "{PGSERVICE: a, PGSERVICEFILE: /etc/pg.conf}",
            "the service file /etc/pg.conf is not a file of the repository",
        ),
        ("{PGSERVICE: b, PGSERVICEFILE: ops/pg.conf}", "the service file ops/pg.conf has no service `b`"),
        ("{DATABASE_URL: 'vault:x#y'}", "its value is no address in a form that is known here"),
    ],
)
def test_a_target_that_cannot_be_told_is_unproven(repo: Repository, env: str, why: str) -> None:
    changed(repo, {"ops/pg.conf": "[a]\nhost=localhost\n"}, {"app.py": "VALUE = 1\n"})

    result = judge(repo, f"[unit: {{run: 'true', env: {env}}}]")

    assert result.outcome is Outcome.UNPROVEN
    assert result.reason.endswith(f"leads to a database that cannot be told: {why}")
    assert told(result, Severity.WARNING) == [("unresolved", None, None)]
    warned = judge(repo, f"[unit: {{run: 'true', env: {env}}}]", Options(rules={"unresolved": "warn"}))
    assert warned.outcome is Outcome.PASSED


def test_a_service_is_looked_up_in_the_file_that_the_gate_names(repo: Repository) -> None:
    changed(repo, {"ops/pg.conf": "[a]\nhost=localhost\nhostaddr=10.0.0.5\n"}, {"app.py": "VALUE = 1\n"})

    result = judge(repo, "[unit: {run: 'true', env: {PGSERVICE: a, PGSERVICEFILE: ops/pg.conf}}]")

    assert result.reason == "gate `unit` would reach 10.0.0.5 by PGSERVICE"


def test_the_allow_list_lets_through_what_it_names(branch: Repository) -> None:
    gates = "[unit: {run: 'true', env: {DATABASE_URL: 'postgresql://me@db.dev.corp.net/app_test'}}]"

    assert judge(branch, gates, Options(allow=("*.dev.corp.net/app_*",))).outcome is Outcome.PASSED
    assert judge(branch, gates, Options(allow=("*.dev.corp.net/app",))).outcome is Outcome.FAILED


def test_a_database_that_may_be_read_is_told_and_gets_a_seat_belt(branch: Repository) -> None:
    gates = "[unit: {run: 'true', env: {PGHOST: replica.corp.net}}, lint: {run: 'true'}]"
    policies = "  policies: [{no-prod-db-writes: {read-only: [replica.corp.net]}}]\n"
    made = workflow(gates, policies)
    options = made.policies[0].options
    assert isinstance(options, Options)

    result = judge(branch, gates, options, policies)

    assert result.outcome is Outcome.PASSED
    assert result.findings[0].message == (
        "gate `unit` may read replica.corp.net (PGHOST); nothing but its role keeps it from writing"
    )
    assert result.observed.endswith("1 address in sessions that begin read-only")
    plan = [PlannedGate(gate=gate, command="true", why="") for gate in made.gates]
    belted = with_seat_belt(plan, made, {"PGOPTIONS": "-c statement_timeout=5s"})
    assert belted[0].env == (("PGOPTIONS", "-c statement_timeout=5s -c default_transaction_read_only=on"),)
    assert belted[1] == plan[1]
    assert with_seat_belt(plan, workflow(gates), {}) == tuple(plan)


# --- settings files --------------------------------------------------------------------------------------------------

DJANGO = 'DATABASES = {{"default": {{"ENGINE": "x.postgresql", "NAME": "app", "HOST": "{host}"}}}}\n'


def test_a_settings_file_that_gates_read_may_not_name_production(repo: Repository) -> None:
    changed(repo, {"app/settings.py": DJANGO.format(host="prod.corp.net")}, {"app.py": "VALUE = 1\n"})

    result = judge(repo)

    assert told(result) == [("settings-file", "app/settings.py", 1)]
    assert result.reason == "`HOST` names prod.corp.net/app, and gates read this file"
    assert judge(repo, options=Options(ignore=("app/settings.py",))).outcome is Outcome.PASSED
    sealed = judge(repo, f"[unit: {{run: 'true', network: none, {IMAGE}}}]")
    assert (sealed.outcome, told(sealed, Severity.WARNING)) == (
        Outcome.PASSED,
        [("settings-file", "app/settings.py", 1)],
    )


def test_a_part_for_production_is_told_until_a_gate_asks_for_it(repo: Repository) -> None:
    database = "test: {adapter: postgresql, host: localhost}\nproduction: {adapter: postgresql, host: prod.corp.net}\n"
    changed(repo, {"config/database.yml": database}, {"app.rb": "1\n"})

    quiet = judge(repo)
    assert quiet.outcome is Outcome.PASSED
    assert [(finding.rule, finding.message) for finding in quiet.findings] == [
        ("no-prod/other-environment", "`production.host` names prod.corp.net for production, which no gate asks for")
    ]

    asked = judge(repo, "[unit: {run: 'true', env: {RAILS_ENV: production}}]")
    assert told(asked) == [("settings-file", "config/database.yml", 2)]


def test_a_settings_file_that_is_a_link_is_followed_within_the_repository_only(repo: Repository) -> None:
    repo.commit("Base", {"ops/env": "PGHOST=prod.corp.net\n"})
    (repo.root / ".env").symlink_to("ops/env")
    (repo.root / "server.env").symlink_to("/etc/prod.env")
    repo.commit("Links")
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"app.py": "VALUE = 1\n"})

    result = judge(repo)

    assert told(result) == [("settings-file", ".env", 1)]
    assert told(result, Severity.WARNING) == [("unresolved", "server.env", None)]


def test_a_host_that_is_computed_is_unproven(repo: Repository) -> None:
    text = DJANGO.format(host="x").replace('"x"', "read_secret()")
    changed(repo, {"app/settings.py": text}, {"app.py": "VALUE = 1\n"})

    result = judge(repo)

    assert result.outcome is Outcome.UNPROVEN
    assert result.reason == ("app/settings.py: `HOST` leads to a database that cannot be told: the host is computed")


# --- the change ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/conftest.py", f'URL = "{PROD}"\n'),
        ("tests/conftest.py", 'import os\nos.environ["PGHOST"] = "prod.corp.net"\n'),
        ("Makefile", "unit:\n\tPGHOST=prod.corp.net pytest\n"),
        (".env", f"DATABASE_URL={PROD}\n"),
        (".env.example", f"DATABASE_URL={PROD}\n"),
        ("config/database.yml", "production: {adapter: postgresql, host: prod.corp.net}\n"),
        ("ops/.pg_service.conf", "[x]\nhost=prod.corp.net\n"),
        ("app/settings.py", DJANGO.format(host="prod.corp.net")),
        # What a search takes for a host of this machine does not hide what the program would make of it.
        ("app/settings.py", 'import os\nD = {"NAME": "a", "HOST": os.getenv("DB_HOST") or "prod" + ".corp.net"}\n'),
    ],
)
def test_an_added_address_of_production_fails(repo: Repository, path: str, text: str) -> None:
    changed(repo, {}, {path: text})

    result = judge(repo)

    assert result.outcome is Outcome.FAILED
    assert [rule for rule, _, _ in told(result)] == ["connection-string"]
    assert result.findings[0].path == path
    assert "prod.corp.net" in result.findings[0].message


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/conftest.py", 'URL = "postgresql://postgres:postgres@localhost:5432/test"\n'),
        ("tests/test_url.py", 'URL = "postgres://user:pass@db.example.com:5432/app"\n'),
        ("compose.yml", "services: {web: {environment: {DATABASE_URL: 'postgres://app@db/app', DB_HOST: db}}}\n"),
        (".env.example", "DATABASE_URL=postgres://USER:PASS@HOST:5432/NAME\n"),
        ("app/db.py", 'URL = f"postgresql://{user}:{password}@{host}/{name}"\ndb_host = settings.db.host\n'),
        ("app/settings.py", 'import os\nDATABASES = {"default": {"NAME": "a", "HOST": os.environ["DB_HOST"]}}\n'),
        ("config/database.yml", 'production: {adapter: postgresql, url: <%= ENV["DATABASE_URL"] %>}\n'),
        ("chart/values.yaml", "postgres: {host: '{{ .Release.Name }}-postgres'}\n"),
    ],
)
def test_honest_additions_pass(repo: Repository, path: str, text: str) -> None:
    changed(repo, {}, {path: text})

    result = judge(repo)

    assert (result.outcome, result.findings) == (Outcome.PASSED, ())


def test_in_prose_an_address_is_a_warning(repo: Repository) -> None:
    changed(repo, {}, {"docs/runbook.md": f"Production is {PROD}.\n"})

    result = judge(repo)

    assert (result.outcome, told(result, Severity.WARNING)) == (
        Outcome.PASSED,
        [("connection-string", "docs/runbook.md", 1)],
    )


def test_what_was_there_before_may_be_edited_and_moved(repo: Repository) -> None:
    code = f'POOL = 1\nURL = "{PROD}"\n'
    base = {
        "deploy/db.py": code,
        "deploy/other.py": code,
        "config/database.yml": "production: {host: prod.corp.net, adapter: x}\n",
    }
    changed(
        repo,
        base,
        {
            "deploy/db.py": f'POOL = 2\n\nURL = "{PROD}"  # with a comment\n',
            "deploy/other.py": None,
            "infra/other.py": code,
            "config/database.yml": "production:\n  adapter: x\n  host: prod.corp.net\n",
        },
    )

    assert judge(repo).outcome is Outcome.PASSED


def test_more_of_the_same_is_new(repo: Repository) -> None:
    changed(repo, {"app.py": f'URL = "{PROD}"\n'}, {"app.py": f'URL = "{PROD}"\nTEST_URL = "{PROD}"\n'})

    assert told(judge(repo)) == [("connection-string", "app.py", 2)]


def test_a_removed_address_is_welcome(repo: Repository) -> None:
    changed(
        repo, {"app.py": f'URL = "{PROD}"\n', "old.py": f'URL = "{PROD}"\n'}, {"app.py": "URL = None\n", "old.py": None}
    )

    assert judge(repo).outcome is Outcome.PASSED


def test_a_file_with_very_many_addresses_is_told_within_bounds(repo: Repository) -> None:
    changed(repo, {}, {"app.py": "".join(f'U{n} = "postgres://h{n}.corp.net/a"\n' for n in range(250))})

    result = judge(repo)

    assert len(result.findings) == 100
    assert result.findings[-1].message == "151 further findings of this policy are not listed"
    assert len({finding.fingerprint for finding in result.findings[:-1]}) == 99


def test_a_finding_holds_no_password_and_its_fingerprint_moves_with_it(repo: Repository) -> None:
    url = "postgresql://svc:" + "s3cretpw" + "@prod.corp.net/app"
    changed(repo, {}, {"app.py": f'URL = "{url}"\n'})
    before = judge(repo)
    repo.commit("Move it down", {"app.py": f'# a comment\n\nURL = "{url}"\n'})
    after = judge(repo)

    assert [finding.fingerprint for finding in before.findings] == [finding.fingerprint for finding in after.findings]
    assert "s3cretpw" not in repr((before, after))
    assert (before.findings[0].line, after.findings[0].line) == (1, 3)
    assert before.findings[0].content == repo.git("rev-parse", "HEAD~1:app.py")


# --- markers ---------------------------------------------------------------------------------------------------------

DEV = "[unit: {run: 'true', env: {DATABASE_URL: 'postgresql://me:pw@db.dev.corp.net/app?sslmode=require'}}]"


class Answering:
    """A probe that knows some comments, and keeps what it was asked."""

    def __init__(self, comment: str | EvaluationError | None) -> None:
        self.asked: list[str] = []
        self._comment = comment

    def marker(self, url: str) -> str | None:
        self.asked.append(url)
        if isinstance(self._comment, EvaluationError):
            raise self._comment
        return self._comment


@pytest.mark.parametrize(
    ("comment", "rule", "outcome", "finding"),
    [
        ("environment=develop", "when-possible", Outcome.PASSED, None),
        ("ours\nenvironment=develop", "required", Outcome.PASSED, None),
        ("environment=production", "when-possible", Outcome.FAILED, "marker-mismatch"),
        ("not environment=develop", "when-possible", Outcome.PASSED, "marker-missing"),
        (None, "when-possible", Outcome.PASSED, "marker-missing"),
        (None, "required", Outcome.FAILED, "marker-missing"),
        (EvaluationError("no answer"), "when-possible", Outcome.PASSED, "marker-unchecked"),
    ],
)
def test_a_database_says_which_environment_it_is(
    branch: Repository, comment: str | EvaluationError | None, rule: Any, outcome: Outcome, finding: str | None
) -> None:
    probe = Answering(comment)

    result = judge(branch, DEV, Options(allow=("db.dev.corp.net",), marker=rule), databases=probe)

    assert result.outcome is outcome
    assert [each.rule for each in result.findings] == ([f"no-prod/{finding}"] if finding else [])
    assert probe.asked == ["postgresql://me:pw@db.dev.corp.net:5432/app?sslmode=require"]
    assert "pw@" not in repr(result)


def test_only_what_the_allow_list_names_is_asked(branch: Repository) -> None:
    gates = (
        "[unit: {run: 'true', env: {DATABASE_URL: 'postgresql://u:p@prod.corp.net/a', PGHOST: localhost, PGUSER: me}}]"
    )
    probe = Answering("environment=develop")

    assert judge(branch, gates, databases=probe).outcome is Outcome.FAILED
    assert probe.asked == []
    judge(branch, gates, Options(marker="required"), databases=probe)
    assert [url.partition("@")[2] for url in probe.asked] == ["localhost:5432/me"]


def test_a_marker_that_is_required_and_not_told_is_an_error(branch: Repository) -> None:
    options = Options(allow=("db.dev.corp.net",), marker="required")

    with pytest.raises(EvaluationError, match="the connection was cut"):
        judge(branch, DEV, options, databases=Answering(EvaluationError("the connection was cut")))
    with pytest.raises(EvaluationError, match=r"the marker of db\.dev\.corp\.net/app could not be read: nothing here"):
        judge(branch, DEV, options)


def test_the_environment_s_name_comes_from_the_workflow_file(branch: Repository) -> None:
    more = "  database: {environment: ci, service: 'postgres:16'}\n"
    options = Options(allow=("db.dev.corp.net",))

    assert judge(branch, DEV, options, more, databases=Answering("environment=ci")).outcome is Outcome.PASSED
    result = judge(branch, DEV, options, more, databases=Answering("environment=develop"))
    assert result.reason == "db.dev.corp.net/app says that it is `develop`, expected `ci`"


# --- the policy itself -----------------------------------------------------------------------------------------------


def test_nothing_to_judge_is_skipped_unless_gates_would_run(repo: Repository) -> None:
    repo.switch("feat/x", create=True)
    made = workflow("[unit: {run: 'true', env: {PGHOST: prod.corp.net}}]")
    plan = (PlannedGate(gate=made.gates[0], command="true", why=""),)

    assert judge_policy(repo, NAME, workflow=made).outcome is Outcome.SKIPPED
    assert judge_policy(repo, NAME, workflow=made, plan=plan).outcome is Outcome.FAILED


def test_it_holds_before_gates_start() -> None:
    assert POLICIES[NAME].stage == "before"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("{allow: ['*']}", "found `*`, expected a database as `host`, `host:port` or `host:port/name`: `*` alone"),
        ("{allow: ['postgres://a.b']}", "without a scheme or a login"),
        ("{rules: {gate-targets: warn}}", "did you mean `gate-target`?"),
        ("{marker: maybe}", "expected `off`, `required` or `when-possible`"),
    ],
)
def test_wrong_options_are_told_where_they_stand(options: str, message: str) -> None:
    with pytest.raises(WorkflowFileError) as caught:
        workflow(more=f"  policies: [{{no-prod-db-writes: {options}}}]\n")

    assert message in caught.value.problems[0].message


def test_every_rule_has_a_page_and_every_page_is_a_rule() -> None:
    pages = Path(__file__).parents[2] / "gaterunner" / "rules" / "no-prod"

    assert {page.stem for page in pages.glob("*.md")} == {*RuleName.__args__, *UNWEIGHED}  # type: ignore[attr-defined] # of a Literal


def test_a_settings_file_that_git_ignores_is_read_as_gates_read_it(branch: Repository) -> None:
    def beside(tracked: Any, is_wanted: Any) -> dict[str, bytes | None]:
        assert "app.py" in tracked
        files = {".env": b"PGHOST=prod.corp.net\n", "a.env": None, "notes.txt": b""}
        return {path: data for path, data in files.items() if is_wanted(path)}

    result = judge(branch, beside=beside)

    assert told(result, None) == [("settings-file", ".env", 1), ("unresolved", "a.env", None)]
    assert judge(branch, options=Options(ignore=("*.env", ".env")), beside=beside).outcome is Outcome.PASSED
