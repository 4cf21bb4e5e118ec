"""`gaterunner validate` knows the manifests that the workflow file names."""

from __future__ import annotations

from tests.command_line import gaterunner
from tests.gitrepo import Repository

WORKFLOW = "workflow: {gates: [build: 'true'], flag-manifest: [flags.json, more.yaml]}\n"
FLAGS = '{"flags": {"new-page": {"flagType": "boolean", "defaultValue": false}}}\n'
MORE = "flags:\n  other: {state: ENABLED, variants: {on: true, off: false}, defaultVariant: off}\n"


def test_valid_manifests_are_told_with_what_they_hold(repo: Repository) -> None:
    repo.write({".gaterunner.yml": WORKFLOW, "flags.json": FLAGS, "more.yaml": MORE})

    ran = gaterunner(repo.root, "validate")

    assert (ran.code, ran.err) == (0, "")
    assert "flags.json: valid; 1 flag, as OpenFeature's manifest\n" in ran.out
    assert "more.yaml: valid; 1 flag, as flagd's definitions\n" in ran.out
    assert gaterunner(repo.root, "validate", "more.yaml").out == "more.yaml: valid; 1 flag, as flagd's definitions\n"


def test_everything_that_is_wrong_is_told(repo: Repository) -> None:
    repo.write({".gaterunner.yml": WORKFLOW, "flags.json": FLAGS.replace("false", '"no"')})

    ran = gaterunner(repo.root, "validate")

    assert ran.code == 2
    assert "flags.json:1:64: `defaultValue` of the flag `new-page`: found `no` in quotes, expected `true` or" in ran.err
    assert "more.yaml: the flag manifest is not there, expected a plain file" in ran.err


def test_one_flag_is_declared_once(repo: Repository) -> None:
    repo.write({".gaterunner.yml": WORKFLOW, "flags.json": FLAGS, "more.yaml": MORE.replace("other", "new-page")})

    assert gaterunner(repo.root, "validate").err == (
        "more.yaml:2:3: the flag `new-page` is declared here and in flags.json\n"
        "  one flag has one name; take it out of one of the two\n"
    )


def test_no_pattern_names_a_manifest(repo: Repository) -> None:
    repo.write({".gaterunner.yml": "workflow: {gates: [build: 'true'], flag-manifest: 'flags/*.json'}\n"})

    assert (
        "`flag-manifest` of `workflow`: found `flags/*.json`, expected the path of one file relative to the "
        "repository's root, without `..` and wildcards"
    ) in gaterunner(repo.root, "validate").err
