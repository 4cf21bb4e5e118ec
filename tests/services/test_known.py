"""What an image's name tells about a service, and what the workflow file has to say itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gaterunner.config.types import Position, Service
from gaterunner.errors import EvaluationError
from gaterunner.redaction import Redactor
from gaterunner.services.addresses import variables
from gaterunner.services.known import KINDS, complete, kind_of

DOCS = Path(__file__).resolve().parents[2] / "docs" / "services.md"


def service(image: str, name: str = "db", **options: Any) -> Service:
    return Service(name=name, position=Position(1, 1), image=image, **options)


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        ("postgres", "PostgreSQL"),
        ("postgres:16-alpine", "PostgreSQL"),
        ("mirror.example:5000/library/postgres:16", "PostgreSQL"),
        ("mirror.example:5000/postgres", "PostgreSQL"),
        ("postgres@sha256:" + "0" * 64, "PostgreSQL"),
        ("postgis/postgis:16-3.4", "PostgreSQL"),
        ("pgvector/pgvector:pg17", "PostgreSQL"),
        ("timescale/timescaledb:2.17.2-pg16", "PostgreSQL"),
        ("mysql:8.4", "MySQL"),
        ("mariadb:11", "MariaDB"),
        ("redis:7", "Redis"),
        ("redis/redis-stack-server", "Redis"),
        ("valkey/valkey:8", "Valkey"),
        ("memcached:1", "Memcached"),
        ("rabbitmq:4-management", "RabbitMQ"),
        ("mongo:8", "MongoDB"),
        ("docker.elastic.co/elasticsearch/elasticsearch:8.17.0", "Elasticsearch"),
        ("opensearchproject/opensearch:2", "OpenSearch"),
        ("postgres/pgadmin:1", None),
        ("my-postgres:16", None),
        ("registry.example/redis/commander", None),
    ],
)
def test_a_kind_is_told_by_the_last_part_of_the_repository(image: str, kind: str | None) -> None:
    found = kind_of(image)

    assert (found.name if found else None) == kind


def test_postgresql_gets_its_port_and_a_password_of_this_run() -> None:
    first, second = complete(service("postgres:16")), complete(service("postgres:16"))

    assert (first.port, dict(first.env)["POSTGRES_USER"]) == (5432, "postgres")
    assert first.secrets == (dict(first.env)["POSTGRES_PASSWORD"],)
    assert Redactor()(f"password {first.secrets[0]}") == "password ***"
    assert first.secrets != second.secrets


def test_what_the_workflow_file_declares_wins_and_is_no_secret() -> None:
    declared = (("POSTGRES_PASSWORD", "p@ss/word"), ("POSTGRES_USER", "app"))

    found = complete(service("postgres:16", env=declared, port=6000, health="true"))

    assert (found.port, found.health, found.secrets) == (6000, "true", ())
    assert dict(found.env) == {**dict(declared), "POSTGRES_DB": "app"}
    assert found.url("db", 6000) == "postgresql://app:p%40ss%2Fword@db:6000/app"


def test_a_gate_is_told_host_port_and_address() -> None:
    found = complete(service("redis:7", name="job-queue"))

    assert variables(found, "job-queue", 6379) == (
        ("JOB_QUEUE_HOST", "job-queue"),
        ("JOB_QUEUE_PORT", "6379"),
        ("JOB_QUEUE_URL", "redis://job-queue:6379/0"),
    )


def test_where_clients_agree_on_no_form_there_is_no_address() -> None:
    assert [name for name, _ in variables(complete(service("memcached:1")), "db", 1)] == ["DB_HOST", "DB_PORT"]


def test_mariadb_also_listens_to_the_older_names() -> None:
    found = complete(service("mariadb:11", env=(("MYSQL_ROOT_PASSWORD", "old-name"),)))

    assert found.url("db", 3306) == "mysql://root:old-name@db:3306/test"
    assert found.secrets == ()


def test_every_kind_has_an_address_that_its_own_variables_fill() -> None:
    for kind in KINDS:
        found = complete(service(f"{kind.images[0]}:1"))
        url = found.url("h", 1)

        assert url is None or "{" not in url
        assert all(secret in (url or "") for secret in found.secrets)


def test_the_documented_table_has_every_kind_with_its_port() -> None:
    rows = re.findall(r"^\| (`.*?`) \| (\d+) \|", DOCS.read_text("utf-8"), re.MULTILINE)

    assert [(tuple(re.findall(r"`(.+?)`", images)), int(port)) for images, port in rows] == [
        (kind.images, kind.port) for kind in KINDS
    ]


def test_an_unknown_image_needs_a_port() -> None:
    with pytest.raises(EvaluationError) as caught:
        complete(service("example/ledger:2", name="ledger"))

    assert caught.value.message == (
        "service `ledger`: no port is given, and the image example/ledger:2 is not a known one"
    )
    assert "`port:`" in (caught.value.help or "")
    assert complete(service("example/ledger:2", port=8080)).health is None
