"""Added code keeps to the data that its spec allows: what the policy `spec` says of real branches."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner.contract.boundaries import sql
from gaterunner.contract.boundaries.added import MAX_BYTES
from gaterunner.contract.boundaries.judge import data_findings
from gaterunner.contract.reading import read_spec
from gaterunner.model import Finding, Outcome, PolicyResult
from gaterunner.policies.context import PolicyContext
from gaterunner.secrets.engine import Engine
from tests.contract.contracts import PATH, spec, workflow
from tests.gitrepo import Files
from tests.policies.branches_of_a_phase import WORK, after, judge, opened, rules, start

DATA = "{read: [events, events_state], write: [summaries], log: [request_id, durationMs], never: [customer_email]}"


def of_data(judged: PolicyResult) -> list[tuple[str, str, int | None]]:
    found: list[Finding] = [one for one in judged.findings if one.rule.startswith("spec/data-")]
    return [(one.rule.removeprefix("spec/data-"), one.message, one.line) for one in found]


def told(tmp_path: Path, files: Files, data: str = DATA) -> list[tuple[str, str, int | None]]:
    return of_data(after(tmp_path, files, data=data))


def test_code_that_keeps_to_the_boundaries_passes_and_is_told_as_looked_at(tmp_path: Path) -> None:
    code = (
        'import logging\n\nlog = logging.getLogger(__name__)\n\n\ndef f(c):\n    c.execute("SELECT a FROM events")\n'
        '    log.info("done", extra={"request_id": 1})\n'
    )
    judged = after(tmp_path, {"app/report.py": code}, data=DATA)
    assert judged.outcome is Outcome.PASSED
    assert "1 added SQL statement looked at, 1 added log call" in judged.observed


def test_a_name_that_is_never_touched_is_told_in_a_statement_of_python(tmp_path: Path) -> None:
    code = 'def f(c):\n    return c.execute("SELECT customer_email FROM events").fetchall()\n'
    assert told(tmp_path, {"app/report.py": code}) == [
        ("never", "app/report.py names `customer_email`, which the spec says is never touched", 2)
    ]


@pytest.mark.parametrize(
    "line",
    [
        "customer_email = 1",
        "row.customerEmail",
        'x = "customer-email"',
        "CUSTOMER_EMAIL = 1",
        "old_customer_email_hash = 1",
        "def getCustomerEmail(): ...",
        "customeremail = 1",
        'x = "customer" "_email"',
        'x = "customer" + "_email"',
        'x = "\\x63ustomer_email"',
        "\uff43ustomer_email = 1",
    ],
)
def test_a_name_is_one_in_every_spelling(tmp_path: Path, line: str) -> None:
    assert [rule for rule, *_ in told(tmp_path, {"app/report.py": f"{line}\n"})] == ["never"]


@pytest.mark.parametrize("line", ["customer_emails = 1", "email = 1", "customer(email)", "customer, email = 1, 2"])
def test_another_name_is_another_name(tmp_path: Path, line: str) -> None:
    assert told(tmp_path, {"app/report.py": f"{line}\n"}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/page.html", "<b>{{ customer_email }}</b>\n"),
        ("app/schema.graphql", "type A { customerEmail: String }\n"),
        ("config/fields.yaml", "- customer_email\n"),
        ("migrations/0002_x.sql", "ALTER TABLE summaries ADD COLUMN customer_email text;\n"),
    ],
)
def test_every_text_that_a_program_reads_is_looked_at_for_names(tmp_path: Path, path: str, text: str) -> None:
    assert [rule for rule, *_ in told(tmp_path, {path: text})] == ["never"]


@pytest.mark.parametrize("path", ["tests/test_x.py", "docs/x.md", "README.md", "package-lock.json"])
def test_tests_docs_and_lock_files_may_name_it(tmp_path: Path, path: str) -> None:
    assert told(tmp_path, {path: "customer_email = 1\n"}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/a.py", "# customer_email is not read\n"),
        ("app/b.js", "  // customer_email\n  /* customer_email */\n"),
        ("app/b.ts", "/**\n * customer_email\n * is not read\n */\n"),
        ("app/c.html", "<!-- customer_email -->\n"),
        ("app/d.yml", "# customer_email\n"),
    ],
)
def test_a_line_that_is_a_comment_names_nothing(tmp_path: Path, path: str, text: str) -> None:
    assert told(tmp_path, {path: text}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/b.js", "/* x */ send(customer_email)\n"),
        ("app/b.js", "// x\rsend(customer_email)\n"),
        ("app/b.js", "// x\u2028send(customer_email)\n"),
        ("app/b.js", "a = 2\n  * customer_email\n"),
        ("app/b.go", "*customer_email = 1\n"),
        ("app/b.js", "/*\n x */ send(customer_email)\n"),
        ("app/a.py", "# x\rsend(customer_email)\n"),
        ("app/a.py", "x = (2\n// customer_email)\n"),
        ("app/a.php", "<?php\n// x ?> <?= $customer_email\n"),
        ("app/c.html", "<!-- x --> {{ customer_email }}\n"),
    ],
)
def test_what_only_looks_like_a_comment_is_code(tmp_path: Path, path: str, text: str) -> None:
    assert [rule for rule, *_ in told(tmp_path, {path: text})] == ["never"]


def test_tables_that_are_not_allowed_are_told_with_those_that_are(tmp_path: Path) -> None:
    code = (
        'def f(c):\n    c.execute("SELECT id FROM customers")\n    c.execute("DELETE FROM events")\n'
        '    c.execute("INSERT INTO summaries SELECT 1 FROM events JOIN orders USING (id)")\n'
    )
    assert told(tmp_path, {"app/report.py": code}) == [
        (
            "read",
            "app/report.py reads the table `customers`, and the spec allows `events`, `events_state`, `summaries`",
            2,
        ),
        ("write", "app/report.py writes the table `events`, and the spec allows `summaries`", 3),
        (
            "read",
            "app/report.py reads the table `orders`, and the spec allows `events`, `events_state`, `summaries`",
            4,
        ),
    ]


def test_an_empty_list_allows_nothing_and_a_key_left_out_says_nothing(tmp_path: Path) -> None:
    code = 'def f(c):\n    c.execute("SELECT id FROM customers")\n    c.execute("DELETE FROM events")\n'
    assert told(tmp_path, {"app/report.py": code}, "{write: []}") == [
        ("write", "app/report.py writes the table `events`, and the spec allows none", 3)
    ]


def test_columns_are_allowed_one_by_one(tmp_path: Path) -> None:
    code = (
        'def f(c):\n    c.execute("SELECT state FROM events")\n    c.execute("SELECT * FROM events")\n'
        '    c.execute("SELECT e.state, e.owner FROM events e")\n'
    )
    assert told(tmp_path, {"app/report.py": code}, "{read: [events.state]}") == [
        ("read", "app/report.py reads all columns of the table `events`, of which the spec allows `state`", 3),
        ("read", "app/report.py reads `owner` of the table `events`, of which the spec allows `state`", 4),
    ]


def test_migrations_write_the_tables_that_they_change(tmp_path: Path) -> None:
    text = "ALTER TABLE summaries ADD COLUMN a int;\nCREATE INDEX i ON events (a);\nDROP TABLE old;\n"
    found = told(tmp_path, {"migrations/0002_a.sql": text})
    assert [(rule, line) for rule, _, line in found] == [("write", 2), ("write", 3)]


def test_fields_of_log_calls_are_those_that_the_spec_names(tmp_path: Path) -> None:
    code = (
        "import structlog\n\nlogger = structlog.get_logger()\n\n\ndef f(x):\n"
        '    logger.info("a", request_id=1, duration_ms=2, exc_info=True)\n    logger.bind(user=x).warning("b", **x)\n'
    )
    judged = after(tmp_path, {"app/report.py": code}, data=DATA)
    assert of_data(judged) == [
        ("logged", "app/report.py logs `user`, and the spec allows `request_id`, `durationMs`", 8)
    ]
    assert "3 added log calls, 1 of them with fields that cannot be seen" in judged.observed


def test_what_cannot_be_seen_is_told_and_is_no_finding(tmp_path: Path) -> None:
    code = 'def f(c, t):\n    c.execute(f"SELECT a FROM {t}")\n    c.execute("DO $$ BEGIN PERFORM f(); END $$")\n'
    judged = after(tmp_path, {"app/report.py": code}, data=DATA)
    assert of_data(judged) == []
    assert "2 added SQL statements looked at, 2 of them not to be seen through" in judged.observed


@pytest.mark.parametrize(
    "line",
    [
        'x = "Select a file from the list"',
        'x = "Update the set of rules"',
        'x = "delete from the list what you like"',
        'x = _("Please select one from these:")',
        '"""SELECT a FROM customers, as a docstring."""',
    ],
)
def test_sentences_are_no_statements(tmp_path: Path, line: str) -> None:
    assert told(tmp_path, {"app/report.py": f"{line}\n"}) == []


def test_what_only_moves_is_not_new(tmp_path: Path) -> None:
    code = 'def f(c):\n    c.execute("SELECT customer_email FROM customers")\n'
    repo = start(tmp_path, {"app/old.py": code}, data=DATA)
    repo.commit(
        "Move", {**WORK, "app/old.py": None, "app/new.py": f"class A:\n    {code.replace(chr(10), chr(10) + '    ')}\n"}
    )
    assert of_data(judge(repo)) == []


def test_code_that_is_only_near_a_change_is_not_new(tmp_path: Path) -> None:
    code = 'def f(c):\n    c.execute("SELECT customer_email FROM customers")\n'
    repo = start(tmp_path, {"app/old.py": code}, data=DATA)
    repo.commit("Near", {**WORK, "app/old.py": f"import os\n{code}    return os\n"})
    assert of_data(judge(repo)) == []


def test_a_file_too_large_to_be_read_is_unproven(tmp_path: Path) -> None:
    judged = after(tmp_path, {"app/big.sql": "SELECT 1;\n" * (MAX_BYTES // 10 + 1)}, data=DATA)
    assert (judged.outcome, rules(judged)) == (Outcome.UNPROVEN, {"data-unseen"})


def test_python_of_another_version_is_read_all_the_same(tmp_path: Path) -> None:
    code = 'print "x"\ncursor.execute("SELECT customer_email FROM customers")\n'
    assert {rule for rule, *_ in told(tmp_path, {"app/report.py": code})} == {"never", "read"}


def test_the_panel_is_told_how_many_places_leave_the_boundaries(tmp_path: Path) -> None:
    repo = start(tmp_path, data=DATA)
    repo.commit("Work", {**WORK, "app/report.py": 'customer_email = 1\nq = "SELECT a FROM customers"\n'})
    with opened(repo) as (checkout, change):
        context = PolicyContext(change=change, repository=checkout, secrets=Engine(), workflow=workflow())
        assert data_findings(context, read_spec(spec(data=DATA).encode(), PATH)) == 2


def test_the_panel_is_told_no_number_where_a_file_was_not_looked_at(tmp_path: Path) -> None:
    repo = start(tmp_path, data=DATA)
    repo.commit("Work", {**WORK, "app/big.sql": "SELECT 1;\n" * (MAX_BYTES // 10 + 1)})
    with opened(repo) as (checkout, change):
        context = PolicyContext(change=change, repository=checkout, secrets=Engine(), workflow=workflow())
        told = data_findings(context, read_spec(spec(data=DATA).encode(), PATH))
        assert told == "1 file could not be looked at"


STATEMENT = "SELECT name FROM customers"


@pytest.mark.parametrize(
    ("path", "content", "rule"),
    [
        ("db/x.sql", STATEMENT.encode("utf-16"), "read"),
        ("db/x.sql", STATEMENT.encode("utf-16-le"), "read"),
        ("app/x.cs", "var customer_email = 1;".encode("utf-16-be"), "never"),
        ("app/x.js", b"// \0\xff\nq('" + STATEMENT.encode() + b"')\n", "read"),
        ("app/x.py", b"# coding: latin-1\n# \xe9\nc.execute('" + STATEMENT.encode() + b"')\n", "read"),
        ("app/x.py", b"\xef\xbb\xbfc.execute('" + STATEMENT.encode() + b"')\n", "read"),
        ("app/x.py", b"# coding: utf-7\nx = '+AGM-ustomer_email'\n", "unseen"),
        ("app/x.py", b"#!/usr/bin/python\n# coding: unicode_escape\nx = 1\n", "unseen"),
        ("app/x.min.js", f"var a='{'a' * 60_000}';db.query('{STATEMENT}')\n".encode(), "read"),
    ],
)
def test_no_encoding_and_no_length_hides_what_a_file_says(tmp_path: Path, path: str, content: bytes, rule: str) -> None:
    assert [rule for rule, *_ in told(tmp_path, {path: content})] == [rule]


def test_what_is_not_looked_at_is_told(tmp_path: Path) -> None:
    judged = after(
        tmp_path, {"app/x.db": b"\0\1\2\xff" * 30, "docs/x.md": "x\n", "app/i18n/de.json": "{}\n"}, data=DATA
    )
    assert "not looked at: 1 file of tests, 2 files for people or tools, 1 binary file" in judged.observed


def test_an_encoding_that_hides_is_told_by_its_name(tmp_path: Path) -> None:
    (found,) = told(tmp_path, {"app/x.py": b"# coding: utf-7\n"})
    assert found[1] == (
        "app/x.py is in the encoding utf-7, which is not read here, so what it reads, writes, logs and names "
        "is not known"
    )


def test_a_mark_taken_away_far_from_the_code_that_it_held_back_is_seen(tmp_path: Path) -> None:
    code = f"a()\n/*\nb()\ndb.query('{STATEMENT}')\nc()\n*/\n"
    repo = start(tmp_path, {"app/old.js": code}, data=DATA)
    repo.commit("Edit", {**WORK, "app/old.js": code.replace("/*\n", "").replace("*/\n", "")})
    assert [(rule, line) for rule, _, line in of_data(judge(repo))] == [("read", 3)]


def test_what_stood_there_before_is_not_new_beside_a_comment_that_is(tmp_path: Path) -> None:
    code = f"a()\ndb.query('{STATEMENT}')\nlog.info({{ customerEmail: 1 }})\n"
    repo = start(tmp_path, {"app/old.js": code}, data=DATA)
    repo.commit("Comment", {**WORK, "app/old.js": f"/* What it does. */\n{code}"})
    judged = judge(repo)
    assert of_data(judged) == []
    assert "0 added SQL statements looked at" in judged.observed


def test_lines_taken_out_of_a_statement_make_another_one(tmp_path: Path) -> None:
    code = "q = '''\nSELECT name\nFROM events\n, x\nFROM customers\n'''\n"
    repo = start(tmp_path, {"app/old.py": code}, data=DATA)
    repo.commit("Cut", {**WORK, "app/old.py": code.replace("FROM events\n, x\n", "")})
    assert [rule for rule, *_ in of_data(judge(repo))] == ["read"]


@pytest.mark.parametrize(("path", "beginning"), [("app/x.html", "COPY ("), ("app/x.rb", "select a,")])
def test_a_file_made_of_beginnings_is_told_as_not_looked_at(tmp_path: Path, path: str, beginning: str) -> None:
    judged = after(tmp_path, {path: beginning * (MAX_BYTES // len(beginning))}, data=DATA)
    what = "holds more that may be statements or log calls than is looked at in one file"
    message = f"{path} {what}, so what it reads, writes, logs and names is not known"
    assert of_data(judged) == [("unseen", message, None)]


def test_what_is_found_in_a_file_before_it_is_too_much_counts(tmp_path: Path) -> None:
    page = f"<p>{{{{ customer_email }}}}</p>\n{'COPY (' * (MAX_BYTES // 7)}"
    assert [rule for rule, *_ in told(tmp_path, {"app/x.html": page})] == ["unseen", "never"]


def test_a_file_of_more_statements_than_are_parsed_is_told_as_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "_MOST_PARSED", 10_000)
    assert [rule for rule, *_ in told(tmp_path, {"db/x.sql": "".join(map(statement, range(200)))})] == ["unseen"]


def test_a_line_changed_in_a_file_of_many_statements_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "_MOST_PARSED", 1_000)
    statements = [*map(statement, range(200))]
    repo = start(tmp_path, {"db/x.sql": "".join(statements)}, data=DATA)
    statements[150] = f"{STATEMENT};\n"
    repo.commit("Edit", {**WORK, "db/x.sql": "".join(statements)})
    assert [(rule, line) for rule, _, line in of_data(judge(repo))] == [("read", 151)]


def test_one_statement_with_many_values_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_MOST_PARSED", 10_000)
    rows = "".join(f"{STATEMENT} WHERE a = {number} AND b = 'x{number}';\n" for number in range(200))
    other = STATEMENT.replace("customers", "orders")
    found = told(tmp_path, {"db/x.sql": f"{rows}{other} WHERE a = 'from';\n"})
    assert [(rule, line) for rule, _, line in found] == [("read", 1), ("read", 201)]


def statement(number: int) -> str:
    return f"{STATEMENT} WHERE {'a' * (number + 1)} = 1;\n"
