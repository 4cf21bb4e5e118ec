"""Kinds of services that gaterunner knows by their image: port, health, credentials and the form of their address.

A kind is recognised by the last part of the image's repository: `postgres:16`, `mirror.example/library/postgres:16` and
`postgres@sha256:…` are all PostgreSQL. Only images whose interface is documented by their publishers stand here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from msgspec import Struct

from gaterunner.config.types import Service
from gaterunner.errors import EvaluationError
from gaterunner.redaction import make_password


class Kind(Struct, frozen=True, kw_only=True):
    """One kind of service.

    ``health`` is a command for the container's shell, which finds the port in ``$SERVICE_PORT``. ``passwords`` are
    variables that get a fresh value for every run, ``defaults`` others; what the workflow declares wins, and a value in
    braces stands for that of another variable. ``synonyms`` are pairs of an older and a newer name of one variable.
    ``url`` is None where clients agree on no form.
    """

    name: str
    images: tuple[str, ...]
    port: int
    health: str
    passwords: tuple[str, ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()
    synonyms: tuple[tuple[str, str], ...] = ()
    url: str | None = None


# Health is asked over 127.0.0.1 or the container's own address and never over a unix socket: while the images of
# PostgreSQL, MySQL and MariaDB make their first database, a temporary server answers on the socket, and ends again.
KINDS: tuple[Kind, ...] = (
    Kind(
        name="PostgreSQL",
        images=("postgres", "postgis", "pgvector", "timescaledb"),
        port=5432,
        health='pg_isready -h 127.0.0.1 -p "$SERVICE_PORT" -U "$POSTGRES_USER" -d postgres',
        passwords=("POSTGRES_PASSWORD",),
        defaults=(("POSTGRES_USER", "postgres"), ("POSTGRES_DB", "{POSTGRES_USER}")),
        url="postgresql://{POSTGRES_USER}:{POSTGRES_PASSWORD}@{host}:{port}/{POSTGRES_DB}",
    ),
    Kind(
        name="MySQL",
        images=("mysql",),
        port=3306,
        health='MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysqladmin ping -h 127.0.0.1 -P "$SERVICE_PORT" -u root',
        passwords=("MYSQL_ROOT_PASSWORD",),
        defaults=(("MYSQL_DATABASE", "test"),),
        # A throw-away server of this run's own: tests make databases of their own, which only root may.
        url="mysql://root:{MYSQL_ROOT_PASSWORD}@{host}:{port}/{MYSQL_DATABASE}",
    ),
    Kind(
        name="MariaDB",
        images=("mariadb",),
        port=3306,
        # The tool lost its old name in version 11.
        health='admin=$(command -v mariadb-admin || command -v mysqladmin) && MYSQL_PWD="$MARIADB_ROOT_PASSWORD"'
        ' "$admin" ping -h 127.0.0.1 -P "$SERVICE_PORT" -u root',
        passwords=("MARIADB_ROOT_PASSWORD",),
        defaults=(("MARIADB_DATABASE", "test"),),
        synonyms=(("MYSQL_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD"), ("MYSQL_DATABASE", "MARIADB_DATABASE")),
        url="mysql://root:{MARIADB_ROOT_PASSWORD}@{host}:{port}/{MARIADB_DATABASE}",
    ),
    Kind(
        name="Redis",
        images=("redis", "redis-stack", "redis-stack-server"),
        port=6379,
        # The client ends with 0 also when the answer is an error, such as one that data are still being loaded.
        health='redis-cli -p "$SERVICE_PORT" ping | grep PONG',
        url="redis://{host}:{port}/0",
    ),
    Kind(
        name="Valkey",
        images=("valkey",),
        port=6379,
        health='valkey-cli -p "$SERVICE_PORT" ping | grep PONG',
        url="redis://{host}:{port}/0",
    ),
    Kind(
        name="Memcached",
        images=("memcached",),
        port=11211,
        # Alpine's variant has nc and no bash, Debian's bash and no nc.
        health="if command -v bash >/dev/null; then"
        ' bash -c \'exec 3<>"/dev/tcp/127.0.0.1/$SERVICE_PORT" && printf "version\\r\\nquit\\r\\n" >&3 && cat <&3\';'
        ' else printf "version\\r\\nquit\\r\\n" | nc 127.0.0.1 "$SERVICE_PORT"; fi | grep VERSION',
    ),
    Kind(
        name="RabbitMQ",
        images=("rabbitmq",),
        port=5672,
        health="rabbitmq-diagnostics -q check_port_connectivity",
        passwords=("RABBITMQ_DEFAULT_PASS",),
        defaults=(("RABBITMQ_DEFAULT_USER", "gaterunner"),),
        url="amqp://{RABBITMQ_DEFAULT_USER}:{RABBITMQ_DEFAULT_PASS}@{host}:{port}",
    ),
    Kind(
        name="MongoDB",
        images=("mongo",),
        port=27017,
        # The image's temporary server listens on 127.0.0.1 only. The shell got its new name in version 5.
        health='"$(command -v mongosh || command -v mongo)" --quiet --host "$HOSTNAME" --port "$SERVICE_PORT"'
        ' --eval "db.adminCommand({ping: 1}).ok" | grep 1',
        passwords=("MONGO_INITDB_ROOT_PASSWORD",),
        defaults=(("MONGO_INITDB_ROOT_USERNAME", "gaterunner"), ("MONGO_INITDB_DATABASE", "test")),
        url="mongodb://{MONGO_INITDB_ROOT_USERNAME}:{MONGO_INITDB_ROOT_PASSWORD}@{host}:{port}/{MONGO_INITDB_DATABASE}"
        "?authSource=admin",
    ),
    Kind(
        name="Elasticsearch",
        images=("elasticsearch",),
        port=9200,
        health='curl -fsS "http://127.0.0.1:$SERVICE_PORT/_cluster/health?wait_for_status=yellow&timeout=1s"',
        defaults=(
            ("discovery.type", "single-node"),
            ("xpack.security.enabled", "false"),
            ("ES_JAVA_OPTS", "-Xms512m -Xmx512m"),  # by itself it takes half of the machine
        ),
        url="http://{host}:{port}",
    ),
    Kind(
        name="OpenSearch",
        images=("opensearch",),
        port=9200,
        health='curl -fsS "http://127.0.0.1:$SERVICE_PORT/_cluster/health?wait_for_status=yellow&timeout=1s"',
        defaults=(
            ("discovery.type", "single-node"),
            ("DISABLE_SECURITY_PLUGIN", "true"),
            ("DISABLE_INSTALL_DEMO_CONFIG", "true"),
            ("OPENSEARCH_JAVA_OPTS", "-Xms512m -Xmx512m"),
        ),
        url="http://{host}:{port}",
    ),
)


class CompleteService(Struct, frozen=True, kw_only=True):
    """A declared service with everything filled in. ``health`` is None to ask the image's own HEALTHCHECK.

    ``secrets`` are the values that were made up for this run; those that the workflow file declares are no secrets.
    """

    service: Service
    kind: Kind | None
    port: int
    health: str | None
    env: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...]

    def url(self, host: str, port: int) -> str | None:
        """The service's address with credentials, None where its kind has no form for it."""
        if self.kind is None or self.kind.url is None:
            return None
        quoted = {name: quote(value, safe="") for name, value in self.env}
        return self.kind.url.format_map({**quoted, "host": host, "port": port})


def kind_of(image: str) -> Kind | None:
    """The kind of service that an image's reference names, None when it is not a known one."""
    name = image.split("@", 1)[0].rsplit("/", 1)[-1].split(":", 1)[0]
    return next((kind for kind in KINDS if name in kind.images), None)


def complete(service: Service, *, password: Callable[[], str] = make_password) -> CompleteService:
    """Fills in what the workflow file leaves open. Raises ``EvaluationError`` when only the file could say it."""
    kind = kind_of(service.image)
    port = service.port or (kind.port if kind else None)
    if port is None:
        known = ", ".join(image for each in KINDS for image in each.images)
        raise EvaluationError(
            f"service `{service.name}`: no port is given, and the image {service.image} is not a known one",
            help=f"add `port:`, and `health:` unless the image has a HEALTHCHECK (known: {known})",
        )
    env = dict(service.env)
    made_up = () if kind is None else _fill_in(kind, env, password)
    return CompleteService(
        service=service,
        kind=kind,
        port=port,
        health=service.health or (kind.health if kind else None),
        env=tuple(env.items()),
        secrets=made_up,
    )


def _fill_in(kind: Kind, env: dict[str, str], password: Callable[[], str]) -> tuple[str, ...]:
    """Adds the kind's variables where they are missing; gives the passwords among them."""
    for old, new in kind.synonyms:
        if old in env:
            env.setdefault(new, env[old])
    made_up = {name: password() for name in kind.passwords if name not in env}
    env.update(made_up)
    for name, value in kind.defaults:
        env.setdefault(name, _with(env, value))
    return tuple(made_up.values())


def _with(env: Mapping[str, str], value: str) -> str:
    return env[value[1:-1]] if value.startswith("{") else value
