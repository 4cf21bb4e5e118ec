"""Flag manifests: OpenFeature's and flagd's, as JSON and as YAML, and everything that can be wrong with one."""

from __future__ import annotations

import json

import pytest

from gaterunner.errors import WorkflowFileError
from gaterunner.flags.reading import read_manifest
from gaterunner.flags.types import ManifestFlag


def flag(text: str | bytes, path: str = "flags.json") -> ManifestFlag:
    (found,) = read_manifest(text if isinstance(text, bytes) else text.encode(), path).flags
    return found


def told(text: str, path: str = "flags.json") -> list[str]:
    with pytest.raises(WorkflowFileError) as raised:
        read_manifest(text.encode(), path)
    return [
        f"{problem.line}:{problem.column}: {problem.message}" if problem.line else problem.message
        for problem in raised.value.problems
    ]


OPENFEATURE = """{
  "$schema": "https://raw.githubusercontent.com/open-feature/cli/refs/heads/main/schema/v0/flag-manifest.json",
  "flags": {
    "new-page": {
      "flagType": "boolean",
      "defaultValue": false,
      "description": "The new page.",
      "owner": "@octocat",
      "expires": "2030-01-31"
    }
  }
}
"""
FLAGD = """{
  "$schema": "https://flagd.dev/schema/v0/flags.json",
  "flags": {
    "new-page": {
      "state": "ENABLED",
      "variants": {"on": true, "off": false},
      "defaultVariant": "off",
      "metadata": {"owner": "@octocat", "expires": "2030-01-31"}
    }
  }
}
"""


@pytest.mark.parametrize(("text", "format", "line"), [(OPENFEATURE, "openfeature", 4), (FLAGD, "flagd", 4)])
def test_both_formats_say_the_same_of_a_flag(text: str, format: str, line: int) -> None:
    manifest = read_manifest(text.encode(), "flags.json")

    (found,) = manifest.flags
    assert manifest.format == format
    assert (found.name, found.kind, found.serves, found.enabled, found.targeting) == (
        "new-page",
        "boolean",
        "false",
        True,
        None,
    )
    assert (found.owner, found.expires, found.position.line) == ("@octocat", "2030-01-31", line)


@pytest.mark.parametrize("text", [OPENFEATURE, FLAGD])
def test_yaml_and_tabs_make_no_difference(text: str) -> None:
    import yaml

    as_yaml = yaml.safe_dump(json.loads(text), sort_keys=False).replace("'2030-01-31'", "2030-01-31")
    with_tabs = json.dumps(json.loads(text), indent="\t")

    for written, path in ((as_yaml, "flags.yaml"), (with_tabs, "flags.json")):
        found = flag(written, path)
        assert (found.serves, found.owner, found.expires) == ("false", "@octocat", "2030-01-31")


def test_what_json_escapes_is_read_as_json_reads_it() -> None:
    text = json.dumps(
        {"flags": {"new-page": {"flagType": "boolean", "defaultValue": False, "owner": "Zoë 🎉 \\ud83c"}}}
    )

    assert flag(text).owner == "Zoë 🎉 \\ud83c"


def test_what_a_flag_serves_is_compared_in_one_spelling() -> None:
    first = '{"flags": {"limits": {"flagType": "object", "defaultValue": {"b": 1, "a": [true, null, "x"]}}}}'
    second = "flags:\n  limits:\n    flagType: object\n    defaultValue: {a: [true, null, x], b: 1}\n"

    assert flag(first).serves == flag(second, "flags.yml").serves


def test_the_metadata_of_flagds_set_holds_for_flags_that_say_nothing_else() -> None:
    found = flag(
        '{"metadata": {"owner": "team-web", "expires": "2030-01-31"}, "flags": {"a-flag": {"state": "ENABLED", '
        '"variants": {"on": true, "off": false}, "defaultVariant": "off", "metadata": {"owner": "@octocat"}}}}'
    )

    assert (found.owner, found.expires) == ("@octocat", "2030-01-31")


def test_flagds_list_of_flags_is_read_by_their_keys() -> None:
    found = flag(
        '{"flags": [{"key": "a-flag", "state": "DISABLED", "variants": {"on": true}, "defaultVariant": "on"}]}'
    )

    assert (found.name, found.enabled, found.serves) == ("a-flag", False, "true")


@pytest.mark.parametrize("default", ['"defaultVariant": null', '"description": "none at all"'])
def test_a_default_may_be_left_to_the_code(default: str) -> None:
    found = flag(f'{{"flags": {{"a-flag": {{"state": "ENABLED", "variants": {{"on": true}}, {default}}}}}}}')

    assert found.serves is None


def test_a_flag_that_speaks_both_formats_says_the_same_in_both() -> None:
    variants = '"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off"'
    both = f'{{"flags": {{"a-flag": {{{variants}, "defaultValue": %s}}}}}}'

    assert flag(both % "false").serves == "false"
    assert told(both % "true") == [
        "1:124: `defaultValue` of the flag `a-flag` is not what its `defaultVariant` stands for"
    ]


@pytest.mark.parametrize(("targeting", "expected"), [("{}", None), ("null", None), ('{"if": []}', '{"if":[]}')])
def test_rules_that_are_none_target_nobody(targeting: str, expected: str | None) -> None:
    text = (
        '{"flags": {"a-flag": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on", '
        f'"targeting": {targeting}}}}}}}'
    )

    assert flag(text).targeting == expected


@pytest.mark.parametrize(
    ("variants", "kind"), [('{"a": "x"}', "string"), ('{"a": 1, "b": 1.5}', "number"), ('{"a": {"b": 1}}', "object")]
)
def test_flagds_types_are_those_of_its_variants(variants: str, kind: str) -> None:
    assert flag(
        f'{{"flags": {{"a-flag": {{"state": "ENABLED", "variants": {variants}, "defaultVariant": "a"}}}}}}'
    ).kind == (kind)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    text = """{
  "flags": {
    "one": {"flagType": "boolean", "defaultValue": "false"},
    "two": {"flagType": "bool", "defaultValue": false},
    "three": {"defaultValue": false},
    "four": true,
    "one": {"flagType": "boolean", "defaultValue": false}
  }
}
"""
    types = "`boolean`, `string`, `integer`, `float` or `object`"
    assert told(text) == [
        "3:52: `defaultValue` of the flag `one`: found `false` in quotes, expected `true` or `false`",
        f"4:25: `flagType` of the flag `two`: found `bool`, expected {types}",
        "5:14: the flag `three` lacks the key `flagType`",
        "6:13: the flag `four`: found the boolean `true`, expected a map",
        "7:5: the key `one` stands here a second time, first in line 3",
    ]


def test_everything_that_is_wrong_with_flagds_is_told_at_once() -> None:
    text = """flags:
  one: {state: enabled, variants: {on: true, off: false}, defaultVariant: off}
  two: {state: ENABLED, variants: {on: true, off: false}, defaultVariant: offf}
  three: {state: ENABLED, variants: {}, defaultVariant: off}
  four: {state: ENABLED, variants: {on: true, off: "false"}, defaultVariant: off}
  five: {variants: {on: true}}
  six: {state: ENABLED, defaultVariant: off}
"""
    assert told(text, "flags.yaml") == [
        "2:16: `state` of the flag `one`: found `enabled`, expected `ENABLED` or `DISABLED`",
        "3:75: `defaultVariant` of the flag `two`: found `offf`, expected `on` or `off`; did you mean `off`?",
        "4:37: `variants` of the flag `three`: found an empty map, expected a map such as `{on: true, off: false}`",
        "5:36: `variants` of the flag `four`: expected values of one type, all booleans, texts, numbers or maps",
        "6:9: the flag `five` lacks the key `state`",
        "7:8: `variants` of the flag `six`: found nothing, expected a map such as `{on: true, off: false}`",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty, expected a map with the key `flags`"),
        ("[]", "1:1: found a list at the root of the file, expected a map with the key `flags`"),
        ("{}", "1:1: the key `flags` is missing at the root of the file"),
        ('{"flags": 3}', "1:11: `flags`: found the number `3`, expected a map of names to flags"),
        ('{"flags": [{"state": "ENABLED"}]}', "1:12: an item of `flags`: expected a map with the flag's name as `key`"),
        (
            '{"flags": {"\u202eevil": {"flagType": "boolean", "defaultValue": false}}}',
            "1:13: the invisible character U+202E is not allowed here",
        ),
    ],
)
def test_what_is_no_manifest_is_told_as_such(text: str, said: str) -> None:
    assert told(text) == [said]


def test_what_is_not_closed_is_told_with_its_place() -> None:
    (said,) = told('{"flags": {"a": {"flagType": "boolean", ')
    assert said.startswith("2:1: ")


def test_a_file_nested_without_end_ends_as_an_error() -> None:
    assert "nested deeper than 32 levels" in told('{"flags": ' + "[" * 100_000)[0]


def test_a_manifest_without_flags_declares_none() -> None:
    assert read_manifest(b'{"flags": {}}', "flags.json").flags == ()
