"""How code may write the name of a flag, and what is another name."""

from __future__ import annotations

import pytest

from gaterunner.flags.spelling import Mention, words_of


def mentions(code: bytes, *names: str) -> bool:
    return Mention(names).stands_in(code, code.lower())


@pytest.mark.parametrize(
    "code",
    [
        b'client.get_boolean_value("new-dashboard", False)',
        b"if settings.NEW_DASHBOARD:",
        b"os.environ['FEATURE_NEW_DASHBOARD']",
        b"const on = useNewDashboard();",
        b"if (flags.newDashboard) {",
        b"if (isNewDashboardEnabled()) {",
        b"new_dashboard = True",
        b"flags.new.dashboard",
        b"parser.add_argument('--new-dashboard')",
    ],
)
def test_a_flag_is_known_by_every_usual_spelling(code: bytes) -> None:
    assert mentions(code, "new-dashboard")


@pytest.mark.parametrize(
    "code",
    [
        b"renew_dashboards",
        b"new dashboard",
        b"newDashboards()",
        b"NEWDASHBOARD",
        b"anew-dashboard",
        b"new_dash",
        b"is_on('new-dashboard-two')",
    ],
)
def test_another_name_is_no_mention(code: bytes) -> None:
    assert not mentions(code, "new-dashboard")


def test_a_variable_of_its_own_is_one_too() -> None:
    assert mentions(b"getenv('X_DASH')", "new-dashboard", "X_DASH")


def test_the_words_of_a_name() -> None:
    assert words_of("newHTTPPage_v2.beta") == ("new", "http", "page", "v2", "beta")


def test_no_names_are_mentioned_nowhere() -> None:
    assert not mentions(b"anything")
    assert not mentions(b"anything", "")
