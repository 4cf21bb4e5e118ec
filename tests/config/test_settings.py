"""What a workflow file says about where and how its gates run."""

from __future__ import annotations

import pytest

from gaterunner.config.types import (
    CoverageRules,
    Database,
    Flag,
    Position,
    Resources,
    Service,
    TestRules,
)
from gaterunner.errors import WorkflowFileError
from tests.config.test_grammar import messages, only_gate, parse


def test_a_file_that_says_nothing_of_it_runs_its_gates_on_this_machine() -> None:
    workflow = parse("workflow: {gates: [unit]}")
    assert (workflow.executor, workflow.image, workflow.keep_going) == ("local", None, False)
    assert (workflow.services, workflow.flags, workflow.database) == ((), (), None)


def test_everything_that_a_workflow_can_say() -> None:
    workflow = parse(
        """
        workflow:
          executor: docker
          image: python:3.13-slim
          keep-going: true
          services:
            db: postgres:16
            cache:
              image: redis:7
              port: 6379
              publish: 16379
              env: {discovery.type: single, LEVEL: 1.10}
              command: [redis-server, --port, 6380, --save, ""]
              health: redis-cli ping
              start: 1m30s
          flags:
            new-dashboard: {env: FEATURE_NEW_DASHBOARD, off: 0, on: "1"}
            fast-login: FAST_LOGIN
          database: {environment: staging.2, service: {image: postgres:16, start: 5}, migrations: forward-only}
          gates: [unit]
        """
    )
    assert (workflow.executor, workflow.image, workflow.keep_going) == ("docker", "python:3.13-slim", True)
    assert workflow.services == (
        Service(name="db", position=Position(7, 5), image="postgres:16"),
        Service(
            name="cache",
            position=Position(8, 5),
            image="redis:7",
            port=6379,
            publish=16379,
            env=(("discovery.type", "single"), ("LEVEL", "1.10")),
            command=("redis-server", "--port", "6380", "--save", ""),
            health="redis-cli ping",
            start_timeout_s=90.0,
        ),
    )
    assert workflow.flags == (
        Flag(name="new-dashboard", position=Position(17, 5), env="FEATURE_NEW_DASHBOARD", off="0", on="1"),
        Flag(name="fast-login", position=Position(18, 5), env="FAST_LOGIN", off="false", on="true"),
    )
    server = Service(name="database", position=Position(19, 38), image="postgres:16", start_timeout_s=5.0)
    assert workflow.database == Database(environment="staging.2", service=server)
    assert [policy.name for policy in workflow.policies] == ["forward-only-migrations"]


def test_everything_that_a_gate_can_say() -> None:
    (gate,) = parse(
        """
        workflow:
          flags: {new: NEW}
          database: {service: postgres:16}
          gates:
            - unit:
                image: registry.example:5000/team/python@sha256:DIGEST
                resources: {memory: 1536M, cpus: 1.5, pids: 512, read-only: true, tmpfs: [/run, /var/cache]}
                network: services
                services: {cache: redis:7}
                database: true
                retries: 2
                inputs: [./src/**, "!docs"]
                shards: 4
                flags: both
                tests: {files: out/*.xml, minimum: 40, baseline: run, base-tests: ./tests/**, missing: warn}
                coverage: {files: [./coverage.xml], minimum: 80, changed: 90.5}
        """.replace("DIGEST", "0f" * 32)
    ).gates
    assert gate.image == "registry.example:5000/team/python@sha256:" + "0f" * 32
    assert gate.resources == Resources(
        memory=1536 * 1024**2, cpus=1.5, pids=512, read_only=True, tmpfs=("/run", "/var/cache")
    )
    assert (gate.network, gate.database, gate.retries, gate.shards, gate.flags) == ("services", True, 2, 4, "both")
    assert gate.services == (Service(name="cache", position=Position(10, 20), image="redis:7"),)
    assert (gate.inputs, gate.tests) == (("src/**", "!docs"), ("out/*.xml",))
    assert gate.test_rules == TestRules(minimum=40, baseline="run", base_tests=("tests/**",), missing="warn")
    assert gate.coverage == CoverageRules(files=("coverage.xml",), minimum=80.0, changed_minimum=90.5)


@pytest.mark.parametrize(
    ("gate", "kind"),
    [
        ("migration-rehearsal", "migration-rehearsal"),
        ("migration-rehearsal: make migrate", "migration-rehearsal"),
        ("migration-rehearsal: {run: make migrate}", "migration-rehearsal"),
        ("migrate: {kind: migration-rehearsal}", "migration-rehearsal"),
        ("rollback-rehearsal", "rollback-rehearsal"),
        ("back: {kind: rollback-rehearsal}", "rollback-rehearsal"),
        ("migration-rehearsal: {kind: command}", "command"),
        ("unit", "command"),
        ("unit: {kind: command}", "command"),
    ],
)
def test_a_gate_of_that_name_or_kind_rehearses_migrations_and_gets_a_database(gate: str, kind: str) -> None:
    (read,) = parse(f"workflow: {{database: {{service: postgres:16}}, gates: [{gate}]}}").gates
    assert (read.kind, read.database) == (kind, kind == "migration-rehearsal")


@pytest.mark.parametrize("form", ["RULE", "{rule: RULE}", "{rule: RULE, rules: {skipped-phase: warn}}"])
def test_cutovers_are_declared_under_database_or_in_the_list(form: str) -> None:
    rule = "feature-flags + dual-write (when needed)"
    declared = parse(f"workflow: {{gates: [a], database: {{cutovers: {form.replace('RULE', rule)}}}}}")
    assert [policy.name for policy in declared.policies] == ["cutovers"]
    assert declared.database == Database(environment="develop", cutovers=True)
    assert [policy.name for policy in parse("workflow: {gates: [a], policies: [cutovers]}").policies] == ["cutovers"]


def test_what_a_gate_does_not_say() -> None:
    gate = only_gate("{run: make, image: python, resources: {}}")
    assert gate.resources == Resources(memory=None, cpus=None, pids=4096, read_only=False, tmpfs=())
    assert (gate.network, gate.services, gate.database, gate.flags) == (None, (), False, None)
    assert (gate.retries, gate.shards, gate.inputs, gate.coverage) == (0, 1, (), None)
    assert gate.test_rules == TestRules(minimum=1, baseline=None, base_tests=(), missing="fail")


@pytest.mark.parametrize("files", ["out.xml", "[out.xml]", "{files: out.xml}", "{files: [out.xml]}"])
def test_the_forms_of_files(files: str) -> None:
    gate = only_gate(f"{{tests: {files}, coverage: {files}}}")
    assert (gate.tests, gate.test_rules, gate.coverage) == (
        ("out.xml",),
        TestRules(),
        CoverageRules(files=("out.xml",)),
    )


@pytest.mark.parametrize(
    ("written", "size"),
    [("16m", 2**24), ("512M", 2**29), ("2g", 2**31), ("16384k", 2**24), ("16777216", 2**24), ("'20000000'", 20000000)],
)
def test_sizes_of_memory(written: str, size: int) -> None:
    resources = only_gate(f"{{image: python, resources: {{memory: {written}}}}}").resources
    assert resources is not None
    assert resources.memory == size


def test_a_database_has_an_environment_by_default() -> None:
    database = parse("workflow: {gates: [a: {database: true}], database: {service: postgres:16}}").database
    assert database is not None
    assert (database.environment, database.service and database.service.name) == ("develop", "database")


def test_migrations_may_be_ruled_without_a_service() -> None:
    rule = "migrations: forward-only"
    assert parse(f"workflow: {{gates: [a], database: {{{rule}}}}}").database is None
    named = parse(f"workflow: {{gates: [a], database: {{environment: develop, {rule}}}}}").database
    assert named == Database(environment="develop", service=None)


@pytest.mark.parametrize("state", ["off", "on", "both", "'off'"])
def test_a_state_of_flags_needs_no_quotes(state: str) -> None:
    (gate,) = parse(f"workflow: {{flags: {{new: NEW}}, gates: [a: {{flags: {state}}}]}}").gates
    assert gate.flags == state.strip("'")


@pytest.mark.parametrize("key", ["off", '"off"'])
def test_what_a_flag_says_needs_no_quotes_around_its_key(key: str) -> None:
    workflow = parse(f'workflow: {{flags: {{new: {{env: NEW, {key}: ""}}}}, gates: [a]}}')
    assert [(flag.off, flag.on) for flag in workflow.flags] == [("", "true")]


def test_a_gate_without_network_may_stand_beside_services_of_the_run() -> None:
    gates = parse("workflow: {services: {db: postgres:16}, gates: [a: {image: x, network: none}, b]}").gates
    assert [gate.network for gate in gates] == ["none", None]


def test_a_gate_without_network_may_set_what_the_services_of_the_run_would() -> None:
    gate = "a: {image: x, network: none, env: {DB_HOST: nowhere}}"
    assert parse(f"workflow: {{services: {{db: postgres:16}}, gates: [{gate}]}}").gates


def test_a_gate_may_be_held_to_something_by_the_executor_of_the_workflow() -> None:
    options = "{resources: {pids: 64}, network: bridge}"
    assert parse(f"workflow: {{executor: docker, image: x, gates: [a: {options}]}}").executor == "docker"
    assert parse("workflow: {executor: local, image: x, gates: [a: {image: y, resources: {pids: 64}}]}").gates
    assert len(messages(f"workflow: {{executor: local, image: x, gates: [a: {options}]}}")) == 2


def test_gates_may_share_services_and_flags_by_an_alias() -> None:
    workflow = parse(
        """
        workflow:
          gates:
            - unit: {services: &own {db: {image: postgres:16}}}
            - smoke: {services: *own}
        """
    )
    assert workflow.gates[0].services == workflow.gates[1].services


def test_what_is_wrong_with_one_key_hides_nothing_of_the_others() -> None:
    with pytest.raises(WorkflowFileError) as caught:
        parse(
            """
            workflow:
              executor: docker
              flags: {new: 1}
              services: {db: 1}
              gates:
                - unit: {flags: both, network: services}
                - lint: {image: x, database: true}
            """
        )
    assert [problem.line for problem in caught.value.problems] == [3, 4, 5, 8]
