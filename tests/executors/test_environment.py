"""What a gate finds in its environment."""

from __future__ import annotations

import pytest

from gaterunner.executors.environment import gate_environment, secret_values, withheld
from gaterunner.executors.identity import Identity

TOKEN = "gh" + "p_" + "a1B2" * 10


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_TOKEN", "GH_TOKEN", "INPUT_TOKEN", "INPUT_ANYTHING", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_RUNTIME_URL",
        "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_CACHE_URL", "ACTIONS_RESULTS_URL", "GITHUB_OUTPUT", "GITHUB_ENV",
        "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY", "SENTRY_AUTH_TOKEN", "SENTRY_DSN", "STATE_x",
        "SSH_AUTH_SOCK", "DOCKER_HOST", "DBUS_SESSION_BUS_ADDRESS", "KUBECONFIG", "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_GHA_CREDS_PATH", "AZURE_CLIENT_SECRET", "PGPASSWORD", "MYSQL_PWD", "REDISCLI_AUTH", "NPMTOKEN",
        "npm_config_//registry.example.com/:_authToken", "STRIPE_KEY", "OPENAI_API_KEY", "DEPLOY_KEY", "GH_PAT",
        "SLACK_WEBHOOK_URL", "DB_CONNECTION_STRING", "BASH_ENV", "ENV", "PROMPT_COMMAND", "SHELLOPTS", "CDPATH",
        "BASH_FUNC_make%%", "GIT_DIR", "GIT_INDEX_FILE", "GIT_CONFIG_COUNT", "GIT_ASKPASS", "GIT_SSH_COMMAND",
        "GATERUNNER_ANYTHING",
    ],
)  # fmt: skip
def test_what_belongs_to_the_runner_or_opens_production_is_withheld(name: str) -> None:
    assert name not in gate_environment({name: "some value"}, gate="unit")


@pytest.mark.parametrize(
    "name",
    [
        "PATH", "HOME", "LANG", "LC_ALL", "CI", "GITHUB_ACTIONS", "GITHUB_SHA", "RUNNER_TEMP", "VIRTUAL_ENV",
        "JAVA_HOME",
        "NODE_OPTIONS", "PIP_INDEX_URL", "PYTHONPATH", "GOFLAGS", "GOPRIVATE", "CARGO_HOME", "AWS_REGION",
        "TOKENIZERS_PARALLELISM", "SSH_PUBLIC_KEY", "GIT_AUTHOR_NAME", "GIT_SSL_CAINFO", "LD_LIBRARY_PATH", "DISPLAY",
    ],
)  # fmt: skip
def test_what_a_toolchain_needs_stays(name: str) -> None:
    assert gate_environment({name: "some value"}, gate="unit")[name] == "some value"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("postgres://app:password@localhost:5432/test", True),
        ("postgres://app:password@db/test", True),
        ("redis://:password@127.0.0.1", True),
        ("postgres://app@db.example.com/live", True),
        ("postgres://app:" + "password@db.example.com/live", False),
        ("https://user:" + "password@pypi.example.com/simple", False),
        (TOKEN, False),
    ],
)
def test_a_value_that_opens_something_remote_is_withheld_whatever_its_name(value: str, kept: bool) -> None:
    assert ("SOMETHING" in gate_environment({"SOMETHING": value}, gate="unit")) is kept


def test_proxies_stay_even_with_a_password() -> None:
    proxy = "http://me:" + "password@proxy.example.com:3128"
    assert withheld("https_proxy", proxy) is None


def test_what_a_gate_declares_it_gets() -> None:
    declared = (("DATABASE_PASSWORD", "test"), ("PATH", "/opt/bin"))
    env = gate_environment({"DATABASE_PASSWORD": "real", "PATH": "/bin"}, gate="unit", declared=declared)
    assert env["DATABASE_PASSWORD"] == "test"
    assert env["PATH"] == "/opt/bin"


def test_a_gate_can_tell_that_it_is_one() -> None:
    env = gate_environment({}, gate="unit")
    assert (env["GATERUNNER"], env["GATERUNNER_GATE"]) == ("1", "unit")
    assert "/usr/bin" in env["PATH"]


def test_another_user_gets_another_home_and_nothing_of_roots() -> None:
    base = {"HOME": "/root", "USER": "root", "LOGNAME": "root", "XDG_CONFIG_HOME": "/root/.config"}
    env = gate_environment(base, gate="unit", identity=Identity(uid=987654, gid=1), home="/home/of/gate")
    assert env["HOME"] == "/home/of/gate"
    assert not env.keys() & {"USER", "LOGNAME", "XDG_CONFIG_HOME"}


def test_only_credentials_are_masked_not_the_paths_of_channels() -> None:
    assert secret_values({"GH_TOKEN": "value", "GITHUB_OUTPUT": "/path", "SSH_AUTH_SOCK": "/s", "PATH": "/bin"}) == (
        "value",
    )
