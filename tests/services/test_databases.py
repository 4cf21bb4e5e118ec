"""A fresh develop database for every gate, on a real PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gaterunner.services.base import Reached, ServiceError
from tests.services.hosting import Host, database, gate, psql

pytestmark = pytest.mark.docker


def test_a_gate_is_told_its_database_in_every_way_that_clients_read(host: Host, postgres_image: str) -> None:
    with host.offers(database=database(postgres_image)).for_gate(gate(database=True)) as reached:
        env = dict(reached.env)
        assert set(env) == {
            "DATABASE_URL",
            "PGHOST",
            "PGPORT",
            "PGUSER",
            "PGPASSWORD",
            "PGDATABASE",
            "GATERUNNER_DATABASE_ENVIRONMENT",
        }
        assert env["DATABASE_URL"] == (
            f"postgresql://{env['PGUSER']}:{env['PGPASSWORD']}@127.0.0.1:{env['PGPORT']}/{env['PGDATABASE']}"
        )
        assert env["GATERUNNER_DATABASE_ENVIRONMENT"] == "develop"
        assert reached.secrets == (env["PGPASSWORD"],)
        assert psql("select current_database()", reached.env) == env["PGDATABASE"]


@pytest.mark.parametrize("environment", ["develop", 'it\'s "odd" \\ here'])
def test_the_database_carries_the_marker_of_its_environment(host: Host, postgres_image: str, environment: str) -> None:
    with host.offers(database=database(postgres_image, environment)).for_gate(gate(database=True)) as reached:
        marker = "select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()"

        assert psql(marker, reached.env) == f"environment={environment}"


def test_the_role_owns_its_database_and_may_make_others_but_is_no_superuser(host: Host, postgres_image: str) -> None:
    rights = "select rolsuper, rolcreatedb, rolcreaterole, rolreplication from pg_roles where rolname = current_user"
    owner = "select pg_get_userbyid(datdba) = current_user from pg_database where datname = current_database()"

    with host.offers(database=database(postgres_image)).for_gate(gate("Unit tests: all", database=True)) as reached:
        assert psql(rights, reached.env) == "f|t|f|f"
        assert psql(owner, reached.env) == "t"
        psql("create table a (b int)", reached.env, "create schema c", "create database test_app")
        assert "must be superuser" in psql("copy a from program 'id'", reached.env, ok=False)


def test_gates_that_run_at_once_have_a_database_each_on_one_server(host: Host, postgres_image: str) -> None:
    host.offers(database=database(postgres_image))
    all_in = threading.Barrier(4, timeout=120)

    def work(number: int) -> tuple[str, str]:
        with host.for_gate(gate(f"gate-{number}", image="any", database=True)) as reached:
            (network,) = reached.networks
            psql(f"create table mine as select {number} as it", reached.env, network=network)
            all_in.wait()
            return dict(reached.env)["PGDATABASE"], psql("select it from mine", reached.env, network=network)

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(work, range(4)))

    assert len({name for name, _ in seen}) == 4
    assert [it for _, it in seen] == ["0", "1", "2", "3"]
    assert len(host.containers()) == 1


def test_a_gate_cannot_enter_another_s_database(host: Host, postgres_image: str) -> None:
    host.offers(database=database(postgres_image))
    with host.for_gate(gate("one", database=True)) as one, host.for_gate(gate("two", database=True)) as two:
        intruder = [*two.env, ("PGDATABASE", dict(one.env)["PGDATABASE"])]

        assert "permission denied for database" in psql("select 1", intruder, ok=False)


def test_what_all_share_cannot_be_used_to_leave_something_behind(host: Host, postgres_image: str) -> None:
    with host.offers(database=database(postgres_image)).for_gate(gate(database=True)) as reached:
        for shared in ("gaterunner_template", "template1"):
            assert "permission denied for database" in psql("select 1", in_database(reached, shared), ok=False)
        assert "permission denied" in psql("create table t ()", in_database(reached, "postgres"), ok=False)


def test_a_database_is_gone_after_its_gate_with_all_that_the_gate_made(host: Host, postgres_image: str) -> None:
    host.offers(database=database(postgres_image))
    with host.for_gate(gate("one", database=True)) as one:
        psql("create database left_behind is_template true", one.env)
        psql("create table t ()", in_database(one, "left_behind"))
        psql("alter role current_user set search_path = public", one.env)

    with host.for_gate(gate("two", database=True)) as two:
        databases = "select string_agg(datname, ' ' order by datname) from pg_database where not datistemplate"
        roles = "select count(*) from pg_roles where rolname like 'gate!_%' escape '!'"
        template = "select datname from pg_database where datname = 'left_behind'"

        assert psql(databases, two.env).split() == sorted(
            [dict(two.env)["PGDATABASE"], "gaterunner_template", "postgres"]
        )
        assert psql(roles, two.env) == "1"
        assert psql(template, two.env) == ""


def test_what_the_image_puts_into_its_database_is_in_every_gate_s(host: Host, postgres_image: str) -> None:
    declared = database(postgres_image, env=(("POSTGRES_DB", "prepared"), ("POSTGRES_USER", "chief")))

    with host.offers(database=declared).for_gate(gate(database=True)) as reached:
        assert "permission denied" in psql("select 1", in_database(reached, "prepared"), ok=False)
        assert psql("select count(*) from pg_roles where rolname = 'chief'", reached.env) == "1"


def test_a_gate_without_a_database_does_not_start_the_server(host: Host, postgres_image: str) -> None:
    with host.offers(database=database(postgres_image)).for_gate(gate()) as reached:
        assert reached == Reached()
    assert host.connects == 0


def test_only_postgresql_has_databases_for_gates(host: Host, redis_image: str) -> None:
    host.offers(database=database(redis_image))

    with pytest.raises(ServiceError) as caught, host.for_gate(gate(database=True)):
        pass

    assert caught.value.message == (
        f"`database.service`: {redis_image} is not an image of PostgreSQL that gaterunner knows"
    )
    assert host.connects == 0


def test_a_server_that_cannot_be_used_is_told(host: Host, postgres_image: str) -> None:
    host.offers(database=database(postgres_image, env=(("POSTGRES_DB", "x"),), health="true", command=("sleep", "99")))

    with pytest.raises(ServiceError) as caught, host.for_gate(gate(database=True)):
        pass

    assert caught.value.message.startswith("a database for the gate could not be prepared on service `database`")


def test_the_password_is_in_no_log_of_the_server(host: Host, postgres_image: str) -> None:
    verbose = ("postgres", "-c", "log_statement=all")
    host.offers(database=database(postgres_image, command=verbose))

    with host.for_gate(gate(database=True)) as reached:
        password = dict(reached.env)["PGPASSWORD"]

    kept = Path(reached.uses[0].log or "").read_text()
    assert "CREATE ROLE" in kept
    assert password not in kept


def in_database(reached: Reached, name: str) -> list[tuple[str, str]]:
    return [*reached.env, ("PGDATABASE", name)]
