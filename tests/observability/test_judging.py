"""What of a change is judged, how much it weighs, and what stays the same about a finding."""

from __future__ import annotations

import pytest

from gaterunner.explaining import rule_pages
from gaterunner.model import Outcome, PolicyResult, Severity, Skip
from gaterunner.observability import RULES
from gaterunner.observability.joining import with_findings
from gaterunner.observability.judge import MAX_BYTES
from gaterunner.observability.places import is_production
from gaterunner.observability.settings import Unstructured
from tests.observability.written import id_of, written_by

PRINT = 'def pay():\n    print("paid")\n'
COMPOSED = 'def pay(order):\n    logger.info(f"paid {order}")\n'


def severities(options: Unstructured, path: str = "src/orders.py") -> list[str]:
    found = written_by({}, {path: f"{PRINT}\n{COMPOSED}"}, options)
    return [f"{one.rule.removeprefix('observability/')}: {one.severity.value}" for one in found]


def test_every_rule_has_its_page() -> None:
    assert {page.name for page in rule_pages() if page.name.startswith("observability/")} >= set(RULES)


def test_printing_fails_and_composed_messages_warn() -> None:
    assert severities(Unstructured()) == ["print: error", "formatted-log-call: warning"]


def test_a_rule_weighs_what_the_workflow_file_says() -> None:
    assert severities(Unstructured(rules={"print": "warn", "formatted-log-call": "off"})) == ["print: warning"]


def test_a_path_weighs_what_the_last_glob_says() -> None:
    paths = Unstructured(paths={"**/*.py": "off", "src/**": "warn"})

    assert severities(paths) == ["print: warning", "formatted-log-call: warning"]
    assert severities(paths, "app/orders.py") == []


def test_a_rule_that_is_off_stays_off_in_a_path_that_fails() -> None:
    assert severities(Unstructured(rules={"print": "off"}, paths={"src/**": "fail"})) == ["formatted-log-call: error"]


def test_tests_of_a_folder_that_fails_are_still_tests() -> None:
    assert severities(Unstructured(paths={"src/**": "fail"}), "src/tests/test_orders.py") == []


def test_a_script_is_production_where_the_workflow_file_says_so() -> None:
    program = 'import sys\nprint(sys.argv)\nlogger.info(f"paid {order}")\n'
    options = Unstructured(production=("scripts/nightly/**",))

    assert written_by({}, {"scripts/nightly/pay.py": program}) == ()
    assert [one.line for one in written_by({}, {"scripts/nightly/pay.py": program}, options)] == [2, 3]
    assert written_by({}, {"scripts/release.py": program}, options) == ()


def test_a_glob_that_cannot_be_used_is_told() -> None:
    glob = "{" + ",".join(["{a,b,c,d,e,f,g,h}" * 3] * 4) + "}"

    with pytest.raises(ValueError, match="is no glob: "):
        Unstructured(paths={glob: "off"})
    with pytest.raises(ValueError, match="is no glob: "):
        Unstructured(production=(glob,))


def test_a_finding_names_the_content_it_was_found_in() -> None:
    (found,) = written_by({}, {"src/orders.py": PRINT})

    assert (found.path, found.line, found.content) == ("src/orders.py", 2, id_of(PRINT))
    assert found.help is not None
    assert 'logger.info("order paid", extra=' in found.help


def test_a_fingerprint_outlives_edits_above_and_the_text_of_strings() -> None:
    (first,) = written_by({}, {"src/orders.py": PRINT})
    (second,) = written_by({}, {"src/orders.py": f'"""Orders."""\n\nX = 1\n\n{PRINT}'.replace('"paid"', '"settled"')})

    assert first.line != second.line
    assert first.fingerprint == second.fingerprint


def test_two_of_the_same_have_fingerprints_of_their_own() -> None:
    found = written_by({}, {"src/orders.py": PRINT + '    print("paid")\n'})

    assert len({one.fingerprint for one in found}) == len(found) == 2


def test_nothing_of_what_is_written_is_quoted() -> None:
    value = "hunter" + "2secret"
    text = f'print("{value}")\nlogger.info(f"{{x}} {value}")\nlogger.info(get("{value}") + "x")\n'
    found = written_by({}, {"src/orders.py": text, "src/orders.js": f"console.log('{value}')\n"})

    assert len(found) == 4
    assert all(value not in f"{one.message} {one.help}" for one in found)


def test_what_moves_to_another_file_is_not_new() -> None:
    assert written_by({"src/a.py": PRINT}, {"src/b.py": PRINT}) == ()
    assert written_by({"src/a.py": PRINT, "src/b.py": "X = 1\n"}, {"src/a.py": "", "src/b.py": PRINT}) == ()


def test_what_moves_out_of_a_script_is_new() -> None:
    assert len(written_by({"scripts/a.py": PRINT}, {"src/a.py": PRINT})) == 1


def test_the_copy_is_told_and_not_what_it_was_copied_from() -> None:
    old = {"src/b.py": PRINT}
    found = written_by(old, {"src/a.py": PRINT, "src/b.py": f"X = 1\n{PRINT}"})

    assert [one.path for one in found] == ["src/a.py"]


def test_a_file_too_large_to_read_is_told() -> None:
    large = PRINT + "#" * MAX_BYTES
    (found,) = written_by({}, {"src/orders.py": large})

    assert (found.rule, found.severity) == ("observability/not-read", Severity.WARNING)
    assert found.message == "larger than 2 MiB, so what it writes is not known"
    assert written_by({}, {"src/orders.py": large}, Unstructured(paths={"src/orders.py": "off"})) == ()


def test_what_a_tool_wrote_on_a_few_lines_is_not_read() -> None:
    assert written_by({}, {"src/app.js": "console.log(1);" * 200}) == ()


@pytest.mark.parametrize(
    "path",
    [
        "src/shop/orders.py",
        "app/models/order.rb",
        "cmd/server/main.go",
        "internal/tools/search.go",
        "src/agent/tools/search.py",
        "packages/web/src/index.ts",
        "src/main/java/com/example/Orders.java",
        "main.py",
        "server.js",
        "src/latest/orders.py",
        "src/contest/orders.py",
    ],
)
def test_production(path: str) -> None:
    assert is_production(path)


@pytest.mark.parametrize(
    "path",
    [
        "tests/orders.py",
        "src/orders_test.go",
        "src/orders.spec.ts",
        "src/test/java/OrdersTest.java",
        "spec/models/order_spec.rb",
        "examples/pay.go",
        "docs/conf.py",
        "scripts/release.py",
        "packages/web/scripts/build.js",
        "tools/lint.go",
        "bin/pay.js",
        "db/migrate/20240101000000_add_orders.rb",
        "shop/migrations/0001_initial.py",
        "src/generated/client.ts",
        "api/orders.pb.go",
        "vendor/github.com/x/y/z.go",
        "node_modules/x/index.js",
        "shop/management/commands/pay.py",
        "shop/__main__.py",
        "shop/cli.py",
        "src/cli/pay.ts",
        "lib/tasks/orders.rake",
        "webpack.config.js",
        ".eslintrc.js",
        "setup.py",
        "benchmarks/pay.py",
        "db/seeds.rb",
        "src/Button.stories.tsx",
        "static/app.min.js",
    ],
)
def test_no_production(path: str) -> None:
    assert not is_production(path)


def test_findings_fail_what_was_well() -> None:
    found = written_by({}, {"src/orders.py": PRINT + PRINT.replace("pay", "settle")})
    passed = PolicyResult(name="observability", outcome=Outcome.PASSED, reason="12 spans")
    skipped = PolicyResult(name="observability", outcome=Outcome.SKIPPED, reason="no gates", skip=Skip.NOT_APPLICABLE)

    said = "src/orders.py: `print` writes text without structure: no level, no attributes, no trace and 1 more"
    assert with_findings(passed, ()) == passed
    for before in (passed, skipped):
        after = with_findings(before, found)
        assert (after.outcome, after.skip, after.reason, after.findings) == (Outcome.FAILED, None, said, found)


def test_a_finding_that_is_let_through_stands_in_for_no_proof() -> None:
    found = written_by({}, {"src/orders.py": PRINT})
    unproven = PolicyResult(name="observability", outcome=Outcome.UNPROVEN, reason="no spans arrived")

    after = with_findings(unproven, found)

    assert with_findings(unproven, ()) == unproven
    assert (after.outcome, after.findings) == (Outcome.UNPROVEN, found)
    assert after.reason.startswith("no spans arrived; src/orders.py: `print` writes text")


def test_warnings_leave_an_outcome_as_it_is() -> None:
    found = written_by({}, {"src/orders.py": COMPOSED})
    passed = PolicyResult(name="observability", outcome=Outcome.PASSED, reason="12 spans")

    after = with_findings(passed, found)
    assert (after.outcome, after.reason, len(after.findings)) == (Outcome.PASSED, "12 spans", 1)
