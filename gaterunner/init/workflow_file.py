"""A proposal as `.gaterunner.yml`, with comments that say why each line is there. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.init.types import ROOT, Gate, Part, Policies, Proposal
from gaterunner.init.yaml_text import comment, scalar

_HEAD = """\
# What a branch has to pass before it may go further. It is read from the base commit, so a branch cannot change the
# rules that it is judged by. All options: https://github.com/org/gaterunner/blob/main/docs/workflow-file.md
#   gaterunner plan       what each gate runs, and why
#   gaterunner validate   whether this file is right
workflow:
"""
_BESIDE = 46  # the column of comments beside short lines
_MOST_LEFT_OUT = 20


def render_workflow_file(proposal: Proposal) -> str:
    """The file; `config.grammar` reads it without a problem."""
    lines = ["  gates:", *_gates(proposal), *_database(proposal.policies), "  policies:", *_policies(proposal.policies)]
    return _HEAD + "\n".join(lines) + "\n"


def _gates(proposal: Proposal) -> Iterator[str]:
    several = sum(bool(part.gates) for part in proposal.parts) > 1
    proven = False
    for part in proposal.parts:
        if several and part.gates:
            yield f"    {comment(f'{part.folder}/' if part.folder else 'the root')}"
        for gate in part.gates:
            yield from _gate(gate, explain=bool(gate.tests) and not proven)
            proven = proven or bool(gate.tests)
        yield from _later(part)
    yield from _left_out(proposal)


def _gate(gate: Gate, *, explain: bool) -> Iterator[str]:
    name = scalar(gate.name)
    if gate.bare and not gate.tests:
        yield _beside(f"    - {name}", gate.command)
        return
    if gate.folder == ROOT and not gate.tests:
        yield f"    - {name}: {scalar(gate.command)}"
        return
    if explain:
        yield "    # Unproven, which is red, unless this very run wrote results of at least one executed test."
    if gate.bare:
        yield _beside(f"    - {name}:", gate.command)
    else:
        yield f"    - {name}:"
        yield f"        run: {scalar(gate.command)}"
    if gate.folder != ROOT:
        yield f"        cwd: {scalar(gate.folder)}"
    if gate.tests:
        yield f"        tests: {scalar(gate.tests)}"
    if gate.paths:
        listed = ", ".join(scalar_in_list(path) for path in gate.paths)
        yield _beside(f"        paths: [{listed}]", "runs only when one of these was touched")
    if gate.note:
        yield f"        {comment(gate.note)}"
    if gate.first_of_part and gate.folder != ROOT:
        yield _beside("        needs: []", "waits for no other gate")


def scalar_in_list(text: str) -> str:
    """A glob in a flow list: always quoted, as most begin with a star."""
    quoted = scalar(text)
    return quoted if quoted.startswith('"') else f'"{text}"'


def _later(part: Part) -> Iterator[str]:
    if not part.later:
        return
    yield "    # Found as well. Such gates mostly need services or a deployed system; docs/services.md says how."
    for gate in part.later:
        if gate.bare:
            yield _beside(f"    # - {scalar(gate.name)}", gate.command)
        else:
            cwd = f", cwd: {scalar(gate.folder)}" if gate.folder != ROOT else ""
            yield f"    # - {scalar(gate.name)}: {{run: {scalar_in_list(gate.command)}{cwd}}}"


def _left_out(proposal: Proposal) -> Iterator[str]:
    told = [each for part in proposal.parts for each in part.left_out] + list(proposal.left_out)
    if told:
        yield "    # Left out:"
    for each in told[:_MOST_LEFT_OUT]:
        yield f"    #   {comment(f'{each.name}: {each.why}')[2:]}"
    if len(told) > _MOST_LEFT_OUT:
        yield f"    #   and {len(told) - _MOST_LEFT_OUT} more; `gaterunner init --dry-run` lists all"
    if proposal.not_found:
        yield f"    # Nothing to run was found for: {', '.join(proposal.not_found)}"


def _database(policies: Policies) -> Iterator[str]:
    if policies.migrations:
        yield "  database:"
        yield _beside("    migrations: forward-only", f"{', '.join(policies.migrations)}: only added, in order")


def _policies(policies: Policies) -> Iterator[str]:
    yield _beside("    - no-secret-changes", "no commit brings in a secret")
    if policies.default_branch:
        protected = f"{{protected: [{scalar_in_list(policies.default_branch)}]}}"
        yield f"    # {policies.default_branch} moves only by pull request"
        yield f"    - no-merge-to-main: {protected}"
    else:
        yield _beside("    - no-merge-to-main", "main moves only by pull request")
    yield _beside("    - clean-main", "it merges cleanly into a green target")
    yield _beside("    - change-budget", "small enough for somebody to read")
    if policies.migrations:
        yield _beside("    - no-prod-db-writes", "no gate reaches a database that is not meant for it")


def _beside(line: str, told: str) -> str:
    return f"{line:<{_BESIDE}} {comment(told)}"
