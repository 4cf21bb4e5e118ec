"""The JSON Schema of the workflow file, generated from the types that decode it. Editors use it while one types.

``python -m gaterunner.config.schema > gaterunner/config/workflow.schema.json`` writes the copy that is shipped.
What no schema of this dialect can say (unknown needs, circles, a name twice) only ``parse_workflow`` says.
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from msgspec import Struct, inspect

from gaterunner.config import checks
from gaterunner.config.gate_options import GateOptions
from gaterunner.config.phase_options import MAX_PHASES, PhaseOptions
from gaterunner.config.policy_list import RULES, value_option
from gaterunner.config.service_options import DatabaseOptions
from gaterunner.config.workflow_options import WorkflowOptions
from gaterunner.model import Mode
from gaterunner.policies import POLICIES, PolicyKind

Schema = dict[str, Any]  # JSON Schema is itself untyped JSON; nothing but a writer of JSON ever gets one


def workflow_schema() -> Schema:
    """The whole schema, JSON Schema 2020-12."""
    definitions: Schema = {}
    gate = _define(definitions, "gate", GateOptions)
    phase = _define(definitions, "phase", PhaseOptions)
    settings = _inlined(definitions, "workflow", WorkflowOptions)
    database = _inlined(definitions, "database", DatabaseOptions)
    policies = {name: _define(definitions, name, kind.options) for name, kind in POLICIES.items()}
    for key, (name, rule) in RULES.items():
        definitions[_rule_of(key)] = _ruled(definitions[name], rule, POLICIES[name].summary)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gaterunner workflow file",
        "description": "What a branch must pass before it may go further.",
        **_map({"workflow": _workflow(gate, phase, policies, settings, database)}, required=("workflow",)),
        "$defs": definitions,
    }


def schema_text() -> str:
    """The schema as the text of the shipped file: indented, keys in a fixed order, one newline at the end."""
    return msgspec.json.format(msgspec.json.encode(workflow_schema()), indent=2).decode() + "\n"


def _phase_item(name: Schema, phase: Schema) -> Schema:
    declared = {
        "type": "object",
        "propertyNames": name,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": phase,
    }
    return {"anyOf": [name, declared]}


def _workflow(gate: Schema, phase: Schema, policies: dict[str, Schema], settings: Schema, database: Schema) -> Schema:
    name = {"type": "string", "pattern": checks.NAME_PATTERN}
    return _map(
        {
            "mode": {
                "description": "`shadow` reports the true verdict and concludes the check as neutral.",
                "enum": [mode.value for mode in Mode],
                "default": Mode.ENFORCE.value,
            },
            "phases": {
                "description": "The named steps of the work. An item is a name, whose branch is `feat/<name>`, or "
                "`name: {options}`.",
                "type": "array",
                "maxItems": MAX_PHASES,
                "items": _phase_item(name, phase),
                "uniqueItems": True,
            },
            "gates": {
                "description": "What is executed, in order. An item is a name, `name: command` or `name: {options}`.",
                "type": "array",
                "minItems": 1,
                "items": _gate_item(gate),
            },
            "database": {
                "description": "The rules for the database, and where gates get one from.",
                **_map({**{key: {"$ref": f"#/$defs/{_rule_of(key)}"} for key in RULES}, **database}, required=()),
                "anyOf": [*({"required": [key]} for key in RULES), {"required": ["service"]}],
            },
            "policies": {
                "description": "What is evaluated over the change. An item is a name or `name: {options}`.",
                "type": "array",
                "items": _policy_item(policies),
            },
            **settings,
        },
        required=("gates",),
    )


def _gate_item(gate: Schema) -> Schema:
    name = {"type": "string", "pattern": checks.NAME_PATTERN, "not": {"enum": list(checks.NOT_GATE_NAMES)}}
    command = {"type": "string", "pattern": checks.COMMAND_PATTERN, "description": "Short for `run`."}
    declared = {
        "type": "object",
        "propertyNames": name,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": {"anyOf": [command, gate]},
    }
    return {"anyOf": [name, declared]}


def _policy_item(policies: dict[str, Schema]) -> Schema:
    names = [
        {"const": spelling, "description": kind.summary}
        for name, kind in POLICIES.items()
        for spelling in (name, *kind.aliases)
        if not _required(kind)
    ]
    properties = {
        spelling: _policy_value(kind, policies[name])
        for name, kind in POLICIES.items()
        for spelling in (name, *kind.aliases)
    }
    declared = {**_map(properties, required=()), "minProperties": 1, "maxProperties": 1}
    return {"anyOf": [*names, declared]}


def _policy_value(kind: PolicyKind, options: Schema) -> Schema:
    option = value_option(kind.options)
    if option is None:
        return {"description": kind.summary, **options}
    return {"description": kind.summary, "anyOf": [{"$ref": f"{options['$ref']}/properties/{option}"}, options]}


def _required(kind: PolicyKind) -> bool:
    return any(field.required for field in msgspec.structs.fields(kind.options))


def _rule_of(key: str) -> str:
    """The name of the definition of a key under ``database`` that declares a policy."""
    return f"database.{key}"


def _ruled(options: Schema, name: str, summary: str) -> Schema:
    """A rule by its name, or a map with it and the options of the policy."""
    rule = {"const": name, "description": summary}
    declared = {
        **options,
        "properties": {"rule": rule, **options["properties"]},
        "required": ["rule", *options["required"]],
    }
    return {"anyOf": [rule, declared]}


def _define(definitions: Schema, name: str, kind: type[Struct]) -> Schema:
    """Adds the schema of a type and of all it refers to, under names that begin with ``name``; gives a reference."""
    _, components = msgspec.json.schema_components([kind], ref_template=f"#/$defs/{name}.{{name}}")
    own = components.pop(kind.__name__)
    _name_keys(own, kind)
    definitions[name] = {**own, "title": f"options of {name}"}
    definitions.update({f"{name}.{other}": schema for other, schema in components.items()})
    return {"$ref": f"#/$defs/{name}"}


def _name_keys(schema: Schema, kind: type[Struct]) -> None:
    """Lists the keys that a map of options may have, which msgspec leaves open."""
    for field in msgspec.structs.fields(kind):
        declared = inspect.type_info(field.type)
        if isinstance(declared, inspect.DictType) and isinstance(declared.key_type, inspect.LiteralType):
            schema["properties"][field.encode_name]["propertyNames"] = {"enum": list(declared.key_type.values)}


def _inlined(definitions: Schema, name: str, kind: type[Struct]) -> Schema:
    """The properties of a type, for a map that has others beside them."""
    _define(definitions, name, kind)
    properties: Schema = definitions.pop(name)["properties"]
    return properties


def _map(properties: Schema, *, required: tuple[str, ...]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


if __name__ == "__main__":
    sys.stdout.write(schema_text())
