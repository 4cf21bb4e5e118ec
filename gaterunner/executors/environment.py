"""The environment of a gate: what its operator set up, without what belongs to the runner or opens production.

A list of what is allowed would break every toolchain (PATH, JAVA_HOME, NODE_OPTIONS, proxies, compilers' flags …), so
this is a list of what is withheld, by name and by value; see docs/gates.md for the table. What a gate needs
nevertheless it is given by name, in its `env:`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache

from gaterunner.executors.identity import Identity
from gaterunner.redaction import has_token_shape

_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LONGEST_VALUE_READ = 64 * 1024


class Withheld(StrEnum):
    """Why a gate does not get a variable."""

    SECRET = "its name or value is that of a credential"
    CHANNEL = "it lets its reader act as the runner or the operator"
    STEERING = "it changes what the gate's shell or git does"


# Words are what stands between underscores. Suffixes catch those written without one (PGPASSWORD, NPMTOKEN).
_SECRET_NAME = re.compile(
    r"(?:TOKENS?|SECRETS?|PASSWORDS?|PASSWD|PASSPHRASE|CREDENTIALS?|APIKEY|WEBHOOK)(?:_|$)"
    r"|(?:^|_)(?:CREDS|PAT|PEM|AUTH|AUTHORIZATION|COOKIE|WEBHOOK_URL|PRIVATE|DSN|CONNECTION_STRING|CONNSTR)$"
    r"|(?:^|_)(?:API|ACCESS|PRIVATE|SIGNING|SECRET|MASTER|DEPLOY)_KEY(?:_|$)"
    r"|_PWD$|(?:^|_)CREDS_"
    r"|(?<!_PUBLIC)(?<!_CACHE)_KEY$",
    re.IGNORECASE,
)
_CHANNEL_PREFIXES = ("INPUT_", "ACTIONS_", "STATE_", "GATERUNNER_", "VSCODE_GIT_", "SENTRY_", "CLOUDSDK_")
_CHANNELS = frozenset(
    {
        "GITHUB_OUTPUT",
        "GITHUB_ENV",
        "GITHUB_PATH",
        "GITHUB_STATE",
        "GITHUB_STEP_SUMMARY",
        "SSH_AUTH_SOCK",
        "SSH_AGENT_PID",
        "SSH_ASKPASS",
        "GPG_AGENT_INFO",
        "KRB5CCNAME",
        "DBUS_SESSION_BUS_ADDRESS",
        "XDG_RUNTIME_DIR",
        "DOCKER_HOST",
        "DOCKER_CONFIG",
        "DOCKER_CONTEXT",
        "DOCKER_CERT_PATH",
        "DOCKER_TLS_VERIFY",
        "CONTAINER_HOST",
        "KUBECONFIG",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_ROLE_ARN",
        "AZURE_CONFIG_DIR",
        "NETRC",
        "BOTO_CONFIG",
        "PGSERVICEFILE",
        "PGPASSFILE",
        "CREDENTIALS_DIRECTORY",
    }
)
_STEERING = frozenset(
    {
        "BASH_ENV",
        "ENV",
        "PROMPT_COMMAND",
        "SHELLOPTS",
        "BASHOPTS",
        "PS4",
        "CDPATH",
        "OLDPWD",
        "PWD",
        "SHLVL",
        "_",
    }
)
_GIT_KEPT = re.compile(r"GIT_(?:(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL)|SSL_CAINFO|SSL_CAPATH)$")
_PROXIES = frozenset(
    {
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "FTP_PROXY",
        "NO_PROXY",
    }
)
_LOCAL_HOST = re.compile(
    r"(?:localhost|127\.[\d.]+|::1|0\.0\.0\.0|[^.:]+|.*\.(?:localhost|test|docker\.internal))$", re.IGNORECASE
)


@lru_cache(maxsize=4096)  # asked for every variable by every gate, with the same answer
def withheld(name: str, value: str) -> Withheld | None:
    """Why gates do not get this variable; None when they do."""
    if name.upper() in _PROXIES:
        return None
    if name in _STEERING or name.startswith("BASH_FUNC_"):
        return Withheld.STEERING
    if _SECRET_NAME.search(name) or _opens_something_remote(value):
        return Withheld.SECRET
    if name in _CHANNELS or name.startswith(_CHANNEL_PREFIXES):
        return Withheld.CHANNEL
    if name.startswith("GIT_") and not _GIT_KEPT.match(name):
        return Withheld.STEERING
    return None


def _opens_something_remote(value: str) -> bool:
    """True for a token, a private key, or a URL with a password for a host that is not this machine or a service."""
    head = value[:_LONGEST_VALUE_READ]
    if "://" in head and "@" in head:
        from urllib.parse import urlsplit

        try:
            parts = urlsplit(head.strip())
            if parts.password:
                return not _LOCAL_HOST.match(parts.hostname or "")
        except ValueError:  # not a URL after all
            return True
    return has_token_shape(head)


def secret_values(base: Mapping[str, str]) -> tuple[str, ...]:
    """The values to mask wherever they appear: those of withheld variables that look like credentials."""
    return tuple(value for name, value in base.items() if withheld(name, value) is Withheld.SECRET)


def gate_environment(
    base: Mapping[str, str],
    *,
    gate: str,
    declared: Iterable[tuple[str, str]] = (),
    identity: Identity | None = None,
    home: str | None = None,
) -> dict[str, str]:
    """The whole environment of a gate.

    ``base`` is gaterunner's own environment, ``declared`` the gate's `env:`, which wins. With an ``identity`` the gate
    runs as another user: then ``home`` is its home directory, and what points into the former user's is dropped.
    """
    env = {name: value for name, value in base.items() if withheld(name, value) is None}
    env.setdefault("PATH", _DEFAULT_PATH)
    if identity is not None:
        env = {name: value for name, value in env.items() if name not in {"USER", "LOGNAME", "MAIL", "HOME"}}
        env = {name: value for name, value in env.items() if not name.startswith("XDG_")}
        if identity.name is not None:
            env |= {"USER": identity.name, "LOGNAME": identity.name}
    if home is not None:
        env["HOME"] = home
    return {**env, "GATERUNNER": "1", "GATERUNNER_GATE": gate, **dict(declared)}


def container_environment(*, gate: str, declared: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """What a gate in a container gets beside its image's own environment: nothing of the machine's.

    The home directory is one that everybody can write to, since the image may not know the checkout's owner.
    """
    return {"HOME": "/tmp", "CI": "true", "GATERUNNER": "1", "GATERUNNER_GATE": gate, **dict(declared)}  # noqa: S108
