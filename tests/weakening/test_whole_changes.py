"""What only the whole change shows: tests and settings that moved, files that are gone or too large."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gaterunner.model import Severity
from gaterunner.weakening import RULES, weakened
from gaterunner.weakening.sides import MAX_BYTES
from tests.weakening.judged import weakened_by

LOGIN = "def test_login():\n    user = make('ada')\n    assert login(user).ok\n"
LOGOUT = "def test_logout():\n    user = make('bob')\n    assert logout(user).ok\n"


def rules(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return [finding.rule.removeprefix("guardrails/") for finding in weakened_by(old, new)]


def test_a_test_file_that_is_gone_is_told_with_its_tests() -> None:
    [finding] = weakened_by({"tests/test_login.py": LOGIN + LOGOUT}, {})

    assert finding.rule == "guardrails/test-deleted"
    assert finding.message == "the test file tests/test_login.py is gone with 2 tests: test_login, test_logout"
    assert finding.path == "tests/test_login.py"
    assert finding.approvable
    assert finding.help is not None
    assert finding.help.startswith("Bring it back")


@pytest.mark.parametrize("path", ["tests/login_test.dart", "Sources/LoginTests.swift"])
def test_a_test_file_in_a_language_that_nobody_here_reads_can_still_be_gone(path: str) -> None:
    assert rules({path: "tests"}, {}) == ["test-deleted"]
    assert rules({path: "tests"}, {f"moved/{path}": "tests"}) == []


def test_a_file_that_moved_with_its_tests_is_not_told() -> None:
    assert rules({"tests/test_a.py": LOGIN}, {"tests/unit/test_b.py": LOGIN}) == []
    assert rules({"tests/test_a.py": LOGIN + LOGOUT}, {"tests/unit/test_a.py": LOGIN + LOGOUT + "\nX = 1\n"}) == []


def test_tests_that_moved_to_several_files_are_not_told() -> None:
    assert rules({"tests/test_all.py": LOGIN + LOGOUT}, {"tests/test_in.py": LOGIN, "tests/test_out.py": LOGOUT}) == []


@pytest.mark.parametrize(
    "path", ["tests/login_checks.txt", "app/login.py", "archive/test_login.py", "test_login.py.bak"]
)
def test_what_moves_to_where_no_runner_looks_is_gone(path: str) -> None:
    assert rules({"tests/test_login.py": LOGIN}, {path: LOGIN}) == ["test-deleted"]


def test_a_test_that_is_emptied_on_its_way_to_another_file_is_told() -> None:
    emptied = "def test_login():\n    user = make('ada')\n    login(user)\n"

    assert rules({"tests/test_a.py": LOGIN}, {"tests/test_b.py": emptied}) == ["test-emptied"]


def test_a_test_that_was_skipped_before_may_go() -> None:
    assert rules({"tests/test_a.py": f"import pytest\n@pytest.mark.skip\n{LOGIN}"}, {}) == []


def test_a_suppression_that_moved_to_another_file_is_not_told() -> None:
    line = "x = eval(y)  # noqa: S307\n"

    assert rules({"a.py": line, "b.py": "z = 1\n"}, {"a.py": "", "b.py": f"z = 1\n{line}"}) == []
    assert rules({"a.py": "", "b.py": "z = 1\n"}, {"a.py": "w = 1\n", "b.py": f"z = 1\n{line}"}) == [
        "suppression-added"
    ]


def test_a_threshold_that_moved_to_another_file_is_not_told() -> None:
    old = {"setup.cfg": "[coverage:report]\nfail_under = 90\n", "pyproject.toml": ""}

    assert rules(old, {"pyproject.toml": "[tool.coverage.report]\nfail_under = 90\n"}) == []
    assert rules(old, {"pyproject.toml": "[tool.coverage.report]\nfail_under = 50\n"}) == ["threshold-lowered"]


def test_a_large_test_file_hides_nothing() -> None:
    large = LOGIN + "#" * MAX_BYTES

    assert rules({"tests/test_a.py": LOGIN}, {"tests/test_a.py": large}) == ["test-not-read"]
    assert rules({"tests/test_a.py": large}, {"tests/test_a.py": LOGIN}) == ["test-not-read"]
    assert rules({"tests/test_a.py": LOGIN}, {"tests/test_b.py": large}) == ["test-not-read", "test-deleted"]
    [finding] = weakened_by({}, {"tests/test_b.py": large})
    assert finding.severity is Severity.WARNING


def test_a_fingerprint_does_not_depend_on_the_line() -> None:
    skipped = f"import pytest\n@pytest.mark.skip\n{LOGIN}"
    [here] = weakened_by({"tests/test_a.py": LOGIN}, {"tests/test_a.py": skipped})
    [below] = weakened_by({"tests/test_a.py": LOGIN}, {"tests/test_a.py": f"# moved\n\n{skipped}"})

    assert here.line != below.line
    assert here.fingerprint == below.fingerprint
    assert len(here.fingerprint or "") == 32


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/test_a.py", "(" * 100_000),
        ("tests/test_a.py", "\0\xff"),
        ("tests/test_a.py", "x = " + "-" * 50_000 + "1"),
        ("a.test.js", "/*" * 100_000),
        ("a.test.js", "'\\'" * 100_000),
        ("a.test.js", "`${" * 50_000),
        ("a.test.js", "/" * 200_001),
        ("a.test.js", "it('a', () => {" * 5_000),
        ("a_test.go", "func TestA(" * 20_000),
        ("ATest.java", "@Test(" * 50_000),
        ("a.rs", "#[test]\nfn a() {" * 20_000),
        ("a.rs", 'r#"' * 100_000),
        ("ATest.php", "<<<A\n" * 50_000),
        ("a_spec.rb", "it 'x' do\n" * 20_000),
        ("Makefile", "\tx || true ;" * 300),
        ("package.json", '{"a":' * 20_000),
        ("ruff.toml", "a = " + "[" * 5_000),
        (".golangci.yml", "a: " + "[" * 5_000),
        ("phpunit.xml", "<a>" * 50_000),
        ("a.py", "# noqa " * 50_000),
    ],
)
@pytest.mark.timeout(60)
def test_a_hostile_text_neither_crashes_nor_stops_it(path: str, text: str) -> None:
    weakened_by({path: "x\n"}, {path: text})


def test_every_rule_has_a_page() -> None:
    from importlib.resources import files

    pages = files("gaterunner") / "rules"
    assert [rule for rule in RULES if not (pages / f"{rule}.md").is_file()] == []
    assert callable(weakened)


class TestWhatComesFromAHelper:
    TEST = "from greeter import greet\n\n\ndef test_it():\n    assert greet('ada') == 'hello ada'\n"
    MARKED = "from tests.helpers import later\nfrom greeter import greet\n\n\n@later\n" + TEST.partition("\n\n\n")[2]

    @pytest.mark.parametrize(
        "helper",
        [
            "import pytest\nlater = pytest.mark.skip(reason='x')\n",
            "import pytest\nlater = getattr(pytest.mark, 'sk' 'ip')\n",
            "import pytest\n\n\ndef later(test):\n    return pytest.mark.skip(test)\n",
            "import unittest\ndef later(test):\n    def inner():\n        raise unittest.SkipTest\n    return inner\n",
            "from tests.marks import soon as later\n",
        ],
    )
    def test_a_mark_that_skips(self, helper: str) -> None:
        marks = "from pytest import mark\nsoon = mark.skip\n"
        common = {"tests/helpers.py": helper, "tests/marks.py": marks}

        [finding] = weakened_by({**common, "tests/test_it.py": self.TEST}, {**common, "tests/test_it.py": self.MARKED})

        assert finding.rule == "guardrails/test-skipped"
        assert "test_it is skipped by" in finding.message
        assert (finding.path, finding.line) == ("tests/test_it.py", 5)

    @pytest.mark.parametrize(
        "helper",
        [
            "import pytest\nlater = pytest.mark.slow\n",
            "def later(test):\n    return test\n",
            "import pytest\ndef later(test):\n    if not DB:\n        return pytest.mark.skip(test)\n    return test\n",
        ],
    )
    def test_a_mark_that_does_not(self, helper: str) -> None:
        new = {"tests/helpers.py": helper, "tests/test_it.py": self.MARKED}
        assert rules({"tests/helpers.py": helper, "tests/test_it.py": self.TEST}, new) == []

    def test_a_fixture_and_a_call_that_skip(self) -> None:
        common = {
            "tests/conftest.py": "import pytest\n\n\n@pytest.fixture\ndef later():\n    pytest.skip('x')\n",
            "tests/helpers.py": "import pytest\n\n\ndef later():\n    pytest.skip('x')\n",
        }
        fixture = self.TEST.replace("test_it()", "test_it(later)")
        call = self.TEST.replace("():\n", "():\n    helpers.later()\n").replace(
            "\n\n\n", "\nfrom tests import helpers\n\n\n"
        )
        for new in (fixture, call):
            assert rules({**common, "tests/test_it.py": self.TEST}, {**common, "tests/test_it.py": new}) == [
                "test-skipped"
            ]

    def test_a_function_in_place_of_the_one_that_is_tested(self) -> None:
        source = {"greeter.py": "def greet(name):\n    return f'hello {name}'\n"}
        own = "def greet(name):\n    return f'hello {name}'\n\n\n" + self.TEST.partition("\n\n\n")[2]
        for new in (own, self.TEST.replace("():\n", "():\n    greet = lambda name: f'hello {name}'\n")):
            [finding] = weakened_by({**source, "tests/test_it.py": self.TEST}, {**source, "tests/test_it.py": new})
            assert finding.rule == "guardrails/test-emptied"
            assert "the tests have a `greet` of their own now, and no longer test that of greeter.py" in finding.message

    def test_a_function_that_moved_into_the_tests_or_wraps_the_real_one(self) -> None:
        source = {"greeter.py": "def greet(name):\n    return f'hello {name}'\n"}
        own = "def greet(name):\n    return f'hello {name}'\n\n\n" + self.TEST.partition("\n\n\n")[2]
        wrapped = "from greeter import greet as real\n\n\n" + own.replace("f'hello {name}'", "real(name)")
        helper = {"tests/greeter.py": source["greeter.py"]}

        assert rules({**source, "tests/test_it.py": self.TEST}, {"greeter.py": "", "tests/test_it.py": own}) == []
        assert rules({**source, "tests/test_it.py": self.TEST}, {**source, "tests/test_it.py": wrapped}) == []
        assert rules({**helper, "tests/test_it.py": self.TEST}, {**helper, "tests/test_it.py": own}) == []
