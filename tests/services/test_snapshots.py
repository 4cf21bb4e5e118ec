"""What a gate's database is told to hold, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gaterunner.database_state import Snapshot, changed_objects, changed_tables
from gaterunner.services.base import Reached, ServiceError
from tests.services.hosting import Host, database, gate, psql

pytestmark = pytest.mark.docker


def asked(reached: Reached) -> Callable[[], Snapshot]:
    assert reached.snapshot is not None
    return reached.snapshot


def test_a_fresh_database_is_empty(host: Host, postgres_image: str) -> None:
    with host.offers(database=database(postgres_image)).for_gate(gate(database=True)) as reached:
        assert asked(reached)().is_empty


def test_objects_and_rows_are_told(host: Host, postgres_image: str) -> None:
    with host.offers(database=database(postgres_image)).for_gate(gate(database=True)) as reached:
        psql(
            'create table "odd ""name" (id serial primary key, t text default \'-- not a comment\')',
            reached.env,
            'insert into "odd ""name" (t) values (\'x\'), (null)',
            "create view seen as select 1 as one",
            "create schema billing",
            "create table billing.orders (total int)",
            "comment on table billing.orders is 'all of them'",
            "grant select on billing.orders to public",
        )
        snapshot = asked(reached)()

    assert {name.partition(" ")[0] for name in snapshot.objects} >= {"TABLE", "VIEW", "SCHEMA", "COMMENT", "ACL"}
    assert "total integer" in snapshot.objects["TABLE billing.orders"]
    assert snapshot.objects["VIEW public.seen"].startswith("CREATE VIEW public.seen AS")
    assert [(each.table, each.count) for each in snapshot.rows] == [("billing.orders", 0), ('public.odd "name', 2)]
    assert not snapshot.is_empty


def test_what_did_not_change_is_told_alike(host: Host, postgres_image: str) -> None:
    with host.offers(database=database(postgres_image)).for_gate(gate(database=True)) as reached:
        psql("create table a (id serial, b int)", reached.env, "insert into a (b) select generate_series(1, 5000)")
        first = asked(reached)()
        # The rows lie elsewhere now, and a number was drawn; neither is a change of what the table says.
        psql("update a set b = b + 1", reached.env, "update a set b = b - 1", "select nextval('a_id_seq')")
        assert asked(reached)() == first


def test_what_changed_is_told_by_name(host: Host, postgres_image: str) -> None:
    with host.offers(database=database(postgres_image)).for_gate(gate(database=True)) as reached:
        psql("create table a (b int)", reached.env, "create table gone ()", "insert into a values (1)")
        before = asked(reached)()
        psql("alter table a add c text not null default ''", reached.env, "drop table gone", "create table fresh ()")
        after = asked(reached)()

    changes = {change.name: change for change in changed_objects(before, after)}
    assert [(change.name, change.kind) for change in changes.values()] == [
        ("TABLE public.a", "changed"),
        ("TABLE public.fresh", "new"),
        ("TABLE public.gone", "gone"),
    ]
    assert changes["TABLE public.a"].lines == ("     b integer", "+    c text DEFAULT ''::text NOT NULL", " );")
    assert changed_tables(before, after) == ("public.a",)


@pytest.mark.parametrize("column", ["t", "gaterunner_row", "digest", "told"])
def test_no_name_of_a_column_hides_the_rest_of_the_row(host: Host, postgres_image: str, column: str) -> None:
    with host.offers(database=database(postgres_image)).for_gate(gate(database=True)) as reached:
        psql(f"create table a ({column} text, other int)", reached.env, "insert into a values ('x', 1)")
        before = asked(reached)()
        psql("update a set other = 2", reached.env)
        assert changed_tables(before, asked(reached)()) == ("public.a",)


def test_code_that_the_gate_left_is_executed_with_the_gates_rights_only(host: Host, postgres_image: str) -> None:
    with host.offers(database=database(postgres_image)).for_gate(gate(database=True)) as reached:
        psql(
            "create table a (b int)",
            reached.env,
            "insert into a values (1)",
            "create table who (name text)",
            "create function told(a) returns text language plpgsql as $$ begin insert into public.who "
            "select current_user || rolsuper from pg_roles where rolname = current_user; return 'x'; end $$",
            "create cast (a as text) with function told(a)",
        )
        asked(reached)()
        assert "true" not in psql("select * from who", reached.env)


def test_functions_of_its_own_schema_are_not_taken_for_postgresqls(host: Host, postgres_image: str) -> None:
    with host.offers(database=database(postgres_image)).for_gate(gate(database=True)) as reached:
        psql(
            "create table a (b int)",
            reached.env,
            "create function md5(text) returns text language sql as $$ select 'same' $$",
            "alter role current_user set search_path = public, pg_catalog",
        )
        before = asked(reached)()
        psql("insert into a values (1)", reached.env)
        assert changed_tables(before, asked(reached)()) == ("public.a",)


def test_a_server_that_is_gone_is_an_error(host: Host, postgres_image: str) -> None:
    with host.offers(database=database(postgres_image)).for_gate(gate(database=True)) as reached:
        (container,) = host.containers()
        from tests.docker_engine import docker

        docker("kill", container["Id"])
        with pytest.raises(ServiceError, match="could not be looked at on service `database`"):
            asked(reached)()
