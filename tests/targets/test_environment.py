"""The databases that variables lead to."""

from __future__ import annotations

import pytest

from gaterunner.targets.environment import named_by
from gaterunner.targets.services import parse_services, service_reading


def told(env: dict[str, str]) -> dict[str, list[str]]:
    return {
        named.by: [*map(str, named.reading.targets), *named.reading.services, *named.reading.unknown]
        for named in named_by(env)
    }


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"PGHOST": "prod.corp.net"}, {"PGHOST": ["prod.corp.net"]}),
        (
            {"PGHOST": "a.corp.net,b.corp.net", "PGPORT": "1,2", "PGDATABASE": "app"},
            {"PGHOST": ["a.corp.net:1/app", "b.corp.net:2/app"]},
        ),
        # Behind an innocent host, and behind a URL that names one.
        (
            {"PGHOST": "localhost", "PGHOSTADDR": "10.0.0.4"},
            {"PGHOST": ["localhost"], "PGHOSTADDR": ["10.0.0.4"]},
        ),
        ({"PGSERVICE": "prod"}, {"PGSERVICE": ["prod"]}),
        ({"MYSQL_HOST": "prod.corp.net:3307"}, {"MYSQL_HOST": ["prod.corp.net:3307"]}),
        ({"MYSQL_UNIX_PORT": "/cloudsql/p:r:i"}, {"MYSQL_UNIX_PORT": ["socket /cloudsql/p:r:i"]}),
        ({"DATABASE_URL": "postgres://prod.corp.net/app"}, {"DATABASE_URL": ["prod.corp.net/app"]}),
        ({"ANY_NAME": "postgres://prod.corp.net/app"}, {"ANY_NAME": ["prod.corp.net/app"]}),
        ({"DATABASE_REPLICA_URL": "prod.corp.net"}, {"DATABASE_REPLICA_URL": ["prod.corp.net"]}),
        ({"SPRING_DATASOURCE_URL": "jdbc:mysql://p.corp.net/a"}, {"SPRING_DATASOURCE_URL": ["p.corp.net/a"]}),
        ({"JAVA_OPTS": "-Xmx1g -Durl=jdbc:postgresql://p.corp.net/a -ea"}, {"JAVA_OPTS": ["p.corp.net/a"]}),
        ({"ConnectionStrings__Main": "Server=p.corp.net;Database=a"}, {"ConnectionStrings__Main": ["p.corp.net/a"]}),
        ({"REPORTS": "host=p.corp.net dbname=a"}, {"REPORTS": ["p.corp.net/a"]}),
        ({"DATABASE_URL": "prisma+postgres://localhost:51213/a"}, {"DATABASE_URL": ["localhost:51213/a"]}),
        ({"REDIS_HOST": "10.0.0.2"}, {"REDIS_HOST": ["10.0.0.2"]}),
        ({"SUPABASE_URL": "https://abc.supabase.co"}, {"SUPABASE_URL": ["abc.supabase.co"]}),
        (
            {"DATABASE_URL": "vault:secret/data#url"},
            {"DATABASE_URL": ["its value is no address in a form that is known here"]},
        ),
        (
            {"DATABASE_URL": "$(cat /run/secrets/url)"},
            {"DATABASE_URL": ["its value is no address in a form that is known here"]},
        ),
    ],
)
def test_a_variable_leads_to_a_database(env: dict[str, str], expected: dict[str, list[str]]) -> None:
    assert told(env) == expected


def test_other_variables_lead_nowhere() -> None:
    assert (
        told(
            {
                "PATH": "/bin:/usr/bin",
                "DATABASE_URL": "",
                "PGHOST": "",
                "API_URL": "https://api.corp.net",
                "HOSTNAME": "runner-1.corp.net",
                "DB_NAME": "app",
                "DB_POOL": "5",
                "SERVER": "web.corp.net",
                "SMTP_HOST": "mail.corp.net",
                "SQLITE_URL": "sqlite:///app.db",
                "DATABASE_PATH_URL": "./dev.sqlite3",
            }
        )
        == {}
    )


def test_a_service_file_says_where_a_service_is() -> None:
    sections = parse_services(
        "# ours\n[dev]\nhost=dev.corp.net\nhostaddr = 10.0.0.4\nport=6432\ndbname=app\n[prod]\nldap://directory.corp.net/x\n"
    )

    assert [str(target) for target in service_reading(sections["dev"]).targets] == [
        "dev.corp.net:6432/app",
        "10.0.0.4:6432/app",
    ]
    assert service_reading(sections["prod"]).unknown == ("it is looked up by LDAP",)
