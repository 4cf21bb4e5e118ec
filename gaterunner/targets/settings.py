"""The files of a repository that tell a program its databases, and what each of them names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from gaterunner.targets.dotenv import dotenv_targets
from gaterunner.targets.scan import scan
from gaterunner.targets.services import parse_services, service_reading
from gaterunner.targets.types import NOTHING, Named, Reading
from gaterunner.targets.values import UNSET, Value, address_in, host_in

Reader = Callable[[str, Mapping[str, str]], Iterable[Named]]

# What others wrote, what is only a sample, and what a tool made.
_NOT_OURS = re.compile(
    r"(?:^|/)(?:node_modules|bower_components|vendor|third_party|site-packages|\.venv|venv|testdata|fixtures?|"
    r"__fixtures__|snapshots|__snapshots__|examples?|samples?|templates?|dist|build)/|"
    r"\.(?:example|sample|template|tmpl|tpl|dist|default|j2|erb|md|txt|lock)$|"
    r"(?:^|[./_-])(?:example|sample|template|dist|defaults?)(?:\.[a-z]+)?$"
)
_PRODUCTION = re.compile(
    r"(?<![a-z0-9])(prod|production|prd|live|stag|staging|stage|stg|pre-?prod|preproduction|uat|canary|demo|sandbox)"
    r"(?![a-z0-9])",
    re.IGNORECASE,
)
_SAME = {
    "prod": "production",
    "prd": "production",
    "live": "production",
    "stag": "staging",
    "stage": "staging",
    "stg": "staging",
}
_SELECTORS = re.compile(
    r"(?:RAILS|RACK|NODE|APP|MIX|FLASK|DJANGO|ASPNETCORE|DOTNET|GO|RUN|DEPLOY)_ENV(?:IRONMENT)?$|"
    r"(?:ASPNETCORE|DOTNET)_ENVIRONMENT$|ENV(?:IRONMENT)?$|SPRING_PROFILES_ACTIVE$|QUARKUS_PROFILE$|"
    r"MICRONAUT_ENVIRONMENTS$|DJANGO_SETTINGS_MODULE$|DJANGO_CONFIGURATION$|ENV_FOR_DYNACONF$"
)


def _django(text: str, env: Mapping[str, str]) -> Iterable[Named]:
    from gaterunner.targets.django import Settings

    try:
        return tuple(Settings(text, env).targets())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _scanned(text, env)


def _rails(text: str, env: Mapping[str, str]) -> Iterable[Named]:
    from gaterunner.targets.documents import UnreadableError, rails_targets

    try:
        return tuple(rails_targets(text, env))
    except UnreadableError as error:
        return (*_scanned(text, env), Named(by="it", reading=Reading(unknown=(str(error),))))


def _document(text: str, env: Mapping[str, str]) -> Iterable[Named]:
    from gaterunner.targets.documents import UnreadableError, document_targets

    try:
        return tuple(document_targets(text, env))
    except UnreadableError:  # comments in JSON, above all
        return _scanned(text, env)


def _properties(text: str, env: Mapping[str, str]) -> Iterable[Named]:
    from gaterunner.targets.documents import properties_targets

    return properties_targets(text, env)


def _prisma(text: str, env: Mapping[str, str]) -> Iterator[Named]:
    for match in re.finditer(r"^[ \t]*(url|directUrl|shadowDatabaseUrl)[ \t]*=[ \t]*(.*)$", text, re.MULTILINE):
        told = match[2].strip()
        variable = re.match(r'env\(\s*"([^"]+)"\s*\)', told)
        literal = re.match(r'"([^"]*)"', told)
        value = Value(env.get(variable[1]) or UNSET) if variable else Value(literal[1] if literal else UNSET)
        yield _at(text, match.start(), f"`{match[1]}`", address_in(value, f"`{match[1]}`"))


def _alembic(text: str, _env: Mapping[str, str]) -> Iterator[Named]:
    for match in re.finditer(r"^[ \t]*([\w.]*url)[ \t]*[=:][ \t]*(.*)$", text, re.MULTILINE):
        told = re.sub(r"%\([^)]*\)s", UNSET, match[2].strip()).replace("%%", "%")
        if not told.startswith("driver://"):  # what `alembic init` writes
            yield _at(text, match.start(), f"`{match[1]}`", address_in(Value(told), f"`{match[1]}`"))


def _services(text: str, _env: Mapping[str, str]) -> Iterator[Named]:
    for name, section in parse_services(text).items():
        at = re.search(rf"^\s*\[{re.escape(name)}\]", text, re.MULTILINE)
        # libpq reads only the section that is asked for by name.
        yield _at(text, at.start() if at else 0, f"service `{name}`", service_reading(section), part=f"service {name}")


def _mysql(text: str, _env: Mapping[str, str]) -> Iterator[Named]:
    part = ""
    for number, line in enumerate(text.splitlines(), 1):
        section = re.match(r"\s*\[([^\]]*)\]", line)
        if section:
            part = section[1].strip().lower()
        host = re.match(r"\s*(host|socket)\s*=\s*[\"']?([^\"'\s#]+)", line)
        if host and not part.startswith("mysqld"):
            yield Named(by=f"`{host[1]}`", reading=host_in(Value(host[2]), None, "mysql", None), line=number)


def _scanned(text: str, _env: Mapping[str, str]) -> Iterator[Named]:
    data = text.encode("utf-8", "replace")
    for seen in scan(data):
        reading = Reading(targets=seen.reading.targets, services=seen.reading.services, login=seen.reading.login)
        yield Named(by="an address", reading=reading, line=data.count(b"\n", 0, seen.start) + 1)


_HOSTNAME = re.compile(
    r"\bhostname:[ \t\n]*(?:System\.(?:get_env|fetch_env!)\([ \t\n]*\"(\w+)\"[ \t\n]*(?:,|\)[ \t\n]*\|\|)?[ \t\n]*)?"
    r"(?:\"([^\"\n]{1,253})\")?"
)


def _elixir(text: str, env: Mapping[str, str]) -> Iterator[Named]:
    """Ecto's `hostname:`, wherever it stands on its line, besides addresses."""
    named = list(_scanned(text, env))
    told = {(each.line, target.host) for each in named for target in each.reading.targets}
    yield from named
    for match in _HOSTNAME.finditer(text):
        host = (env.get(match[1]) if match[1] else None) or match[2] or UNSET
        found = _at(text, match.start(), "`hostname`", host_in(Value(host), None, "database", None))
        if not {(found.line, target.host) for target in found.reading.targets} <= told:
            yield found


def _at(text: str, start: int, by: str, reading: Reading, part: str | None = None) -> Named:
    return Named(by=by, reading=reading, line=text.count("\n", 0, start) + 1, part=part)


_KINDS: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (re.compile(rf"(?:^|.*/)(?:{pattern})", re.IGNORECASE), reader)
    for pattern, reader in (
        (r"\.env(?:\.[\w.-]+)?|\.envrc|[\w-]+\.env", dotenv_targets),
        (r"\.?pg_service\.conf", _services),
        (r"\.?my\.cnf", _mysql),
        (r"(?:\w+_)?settings(?:_\w+)?\.py|settings/[^/]+\.py|(?:config|conf)/django/[^/]+\.py", _django),
        (r"config/(?:database|mongoid|redis|cable|databases)\.ya?ml|database\.ya?ml", _rails),
        (r"[^/]*\.prisma", _prisma),
        (r"alembic\.ini", _alembic),
        (r"(?:application|bootstrap)(?:-[\w.-]+)?\.properties|flyway[\w.-]*\.(?:conf|properties)", _properties),
        (r"liquibase[\w.-]*\.properties", _properties),
        (r"(?:application|bootstrap)(?:-[\w.-]+)?\.ya?ml", _document),
        (r"appsettings(?:\.[\w.-]+)?\.json|config/(?:config|database)\.json|ormconfig\.(?:json|ya?ml)", _document),
        (r"database\.json|profiles\.yml", _document),
        (r"(?:knexfile|ormconfig|drizzle\.config|prisma\.config)\.[cm]?[jt]s|config/database\.(?:php|[jt]s)", _scanned),
        (r"config/[\w.-]+\.exs", _elixir),
        (r"(?:web|app)(?:\.\w+)?\.config|flyway[\w.-]*\.toml|wp-config\.php", _scanned),
        (r"hibernate\.cfg\.xml|persistence\.xml|tnsnames\.ora|\.?odbc\.ini", _scanned),
    )
)
_ANY = re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _ in _KINDS), re.IGNORECASE)


# What one of the patterns cannot do without: a tree has a hundred thousand files, and ten of them are settings.
_HINTS = (
    *(
        "env",
        "settings",
        "django",
        "_service.conf",
        "my.cnf",
        "database",
        "mongoid",
        "redis",
        "cable",
        ".prisma",
        "alembic",
    ),
    *("application", "bootstrap", "flyway", "liquibase", "config", "profiles.yml", "knexfile", ".exs", "hibernate"),
    *("persistence", "tnsnames", "odbc"),
)
_FOLDERS = 3  # as many as a pattern names, and one


def is_settings(path: str) -> bool:
    """True for a file that tells a program of the repository its databases; not for samples and others' code."""
    tail = "/".join(path.rsplit("/", _FOLDERS)[-_FOLDERS:])
    lowered = tail.lower()
    if not any(hint in lowered for hint in _HINTS):
        return False
    return _ANY.fullmatch(tail) is not None and _NOT_OURS.search(path) is None


def targets_of(path: str, text: str, env: Mapping[str, str]) -> Iterator[Named]:
    """What a settings file names to a program that has these variables. Raises nothing."""
    for pattern, reader in _KINDS:
        if pattern.fullmatch(path):
            yield from (named for named in reader(text, env) if named.reading is not NOTHING)
            return


def elsewhere(path: str, part: str | None, env: Mapping[str, str]) -> str | None:
    """The name of the environment that a file or a part of it is for, where a gate does not ask for that one.

    `config/database.yml` has a part ``production``, which tests do not read unless ``RAILS_ENV`` says so. None for what
    every gate may read.
    """
    found = _PRODUCTION.search(part or "") or _PRODUCTION.search(path.rpartition("/")[2])
    if found is None and "settings/" in path:
        found = _PRODUCTION.search(path)
    if found is None:
        if part is not None and part.startswith("service "):
            return f"those who ask for {part}"
        return None
    name = _canonical(found[1])
    asked = {_canonical(word) for value in _asked(env) for word in re.split(r"[^a-zA-Z0-9-]+", value)}
    return None if name in asked else name


def _asked(env: Mapping[str, str]) -> Iterator[str]:
    yield from (value for variable, value in env.items() if _SELECTORS.fullmatch(variable))


def _canonical(word: str) -> str:
    return _SAME.get(word.lower(), word.lower())
