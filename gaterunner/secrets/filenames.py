"""Files that hold secrets by what they are: recognised by name, confirmed by content. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct


class FileKind(Struct, frozen=True, kw_only=True):
    """One row: ``names`` is searched in the lower-case path, ``holds`` says whether this content really is one."""

    kind: str
    title: str
    names: re.Pattern[str]
    holds: Callable[[bytes], bool]


_NOT_REAL = re.compile(rb"""(?ix) ^["']? (?: \s* | \$.* | <.*> | \{\{.* | %.* | changeme | change[-_]me | x+ | \*+
                            | your[-_].* | true | false | null | none | \d{1,5} ) ["']?$""")
_DOTENV_LINE = re.compile(rb"(?m)^[ \t]*(?:export[ \t]+)?[A-Za-z_][\w.]*[ \t]*=[ \t]*([^\r\n]*?)[ \t\r]*$")
_NPM_TOKEN = re.compile(rb"(?m)^[^#;\n]*(?:_authToken|_auth|_password)[ \t]*=[ \t]*(?!\$)[^\s]")
_PYPI_PASSWORD = re.compile(rb"(?mi)^[ \t]*password[ \t]*[=:][ \t]*(?![\$<%])[^\s]")
_NETRC_PASSWORD = re.compile(rb"(?i)\bpassword\s+(?![\$<])[^\s]")
_DER_PRIVATE_KEY = re.compile(rb"\A\x30(?:\x82..|\x81.|[\x20-\x7f])\x02\x01[\x00\x01](?:\x02|\x30|\x04)", re.DOTALL)


def _anything(data: bytes) -> bool:
    return bool(data.strip())


def _any_of(*parts: bytes) -> Callable[[bytes], bool]:
    pattern = re.compile(b"|".join(parts), re.IGNORECASE)
    return lambda data: pattern.search(data) is not None


def _dotenv(data: bytes) -> bool:
    return any(not _NOT_REAL.match(found[1]) for found in _DOTENV_LINE.finditer(data))


def _private_key(data: bytes) -> bool:
    return b"PRIVATE KEY" in data or b"PuTTY-User-Key-File" in data or _DER_PRIVATE_KEY.match(data) is not None


def _service_account(data: bytes) -> bool:
    return b'"service_account"' in data and b'"private_key"' in data


def _kind(kind: str, title: str, names: str, holds: Callable[[bytes], bool]) -> FileKind:
    return FileKind(kind=kind, title=title, names=re.compile(names), holds=holds)


_TEMPLATE = re.compile(r"(?:^|[./_-])(?:example|sample|template|tmpl|dist|tpl|defaults?|schema)(?:[./_-]|$)")

KINDS: tuple[FileKind, ...] = (
    _kind("dotenv", "environment file", r"(?:^|/)\.env(?:$|\.[^/]+$)|(?:^|/)[^/]+\.env$", _dotenv),
    _kind(
        "private-key",
        "private key",
        r"\.(?:pem|key|ppk|p8|pk8|der|asc|gpg)$|(?:^|/)[^/]*(?:id_rsa|id_dsa|id_ecdsa|id_ed25519)[^/]*(?<!\.pub)$"
        r"|(?:^|/)ssh_host_[a-z0-9]+_key$|(?:^|/)(?:privkey|server|client|tls)\.[a-z]+$",
        _private_key,
    ),
    # Android's debug keystore has a published password and no worth.
    _kind(
        "keystore",
        "keystore",
        r"(?<!/debug)(?<!^debug)\.keystore$|\.(?:jks|p12|pfx|bks|jceks|kdbx|keychain)$",
        _anything,
    ),
    _kind(
        "kubeconfig",
        "Kubernetes access",
        r"(?:^|/)kubeconfig(?:$|[._-])|\.kubeconfig$|(?:^|/)\.kube/config$",
        _any_of(rb"client-key-data:\s*\S", rb"\btoken:\s*\S", rb"\bpassword:\s*\S"),
    ),
    _kind("service-account", "cloud service account", r"\.json$", _service_account),
    _kind("npmrc", "npm access", r"(?:^|/)\.?npmrc$", lambda data: _NPM_TOKEN.search(data) is not None),
    _kind("pypirc", "package index access", r"(?:^|/)\.pypirc$", lambda data: _PYPI_PASSWORD.search(data) is not None),
    _kind(
        "terraform-state",
        "Terraform state",
        r"\.tfstate(?:\.[^/]+)?$",
        _any_of(rb'"(?:resources|modules)"\s*:\s*\[\s*\{'),
    ),
    _kind("netrc", "network logins", r"(?:^|/)[._]netrc$", lambda data: _NETRC_PASSWORD.search(data) is not None),
    _kind("htpasswd", "web logins", r"(?:^|/|\.)\.?htpasswd$", _any_of(rb"(?m)^[^\s:#]+:\S{6,}")),
    _kind("git-credentials", "git logins", r"(?:^|/)\.git-credentials$", _any_of(rb"://[^/\s:]*:[^/\s@]+@")),
    _kind(
        "aws-credentials",
        "AWS access",
        r"(?:^|/)\.aws/(?:credentials|config)$",
        _any_of(rb"aws_secret_access_key\s*=\s*\S"),
    ),
    _kind(
        "docker-config",
        "container registry access",
        r"(?:^|/)\.docker/config\.json$|(?:^|/)\.dockercfg$|\.dockerconfigjson$",
        _any_of(rb'"(?:auth|identitytoken|password)"\s*:\s*"[^"]+"'),
    ),
    _kind("pgpass", "database logins", r"(?:^|/)\.pgpass$", _any_of(rb"(?m)^[^#\n]+(?::[^:\n]+){4}")),
    _kind(
        "rails-master-key",
        "Rails master key",
        r"(?:^|/)config/(?:master|credentials/[^/]+)\.key$",
        _any_of(rb"^[0-9a-f]{32}\s*$"),
    ),
    _kind("vault-password", "Ansible vault password", r"(?:^|/)\.?vault[_-]pass(?:word)?(?:\.txt)?$", _anything),
)


# One search for all rows: nearly every path of a history is none of them.
_ANY_NAME = re.compile("|".join(f"(?:{kind.names.pattern})" for kind in KINDS))


@lru_cache(maxsize=1 << 14)
def candidates(path: str) -> tuple[FileKind, ...]:
    """The kinds whose names fit ``path``; a template (``.env.example``) fits none."""
    name = path.lower()
    if not _ANY_NAME.search(name) or is_template(path):
        return ()
    return tuple(kind for kind in KINDS if kind.names.search(name))


def is_template(path: str) -> bool:
    """Whether a file is called a copy without values, as ``.env.example`` is."""
    return _TEMPLATE.search(path.lower().rsplit("/", 1)[-1]) is not None


def kind_of(path: str, data: bytes) -> FileKind | None:
    """What secret-bearing file this is; None when it is none, or only looks like one by its name."""
    return next((kind for kind in candidates(path) if kind.holds(data)), None)
