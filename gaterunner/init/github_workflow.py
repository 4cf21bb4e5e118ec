"""A proposal as a workflow of GitHub Actions. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaterunner.init.actions import action
from gaterunner.init.steps import merged
from gaterunner.init.types import Proposal, Step
from gaterunner.init.yaml_text import block, scalar

FOLDER = ".github/workflows/"
NAMES = ("gates.yml", "gaterunner.yml")
"""The file's name; the second where a workflow of the first name does something else."""

_HEAD = """\
# Judges every pull request, and what a merge queue is about to merge, by {law}.
# No `paths:` or `branches:` here: a workflow that a filter skips leaves its required check pending for ever.
name: gates

on:
  pull_request:
  pull_request_review: {{types: [submitted, edited, dismissed]}} # an approval can turn the check green
  merge_group:

permissions: {{}}

jobs:
  gates: # not called as the check is, which is `gaterunner`
    name: Gates
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read # the checkout
      checks: write # the check with the report
      pull-requests: read # whether the branch moved on, and who approved it
      statuses: read # whether the target is green
    steps:
"""
_TOOLS = """\
      # What the gates need. They run as steps here and not as gates, so a broken one leaves the check missing, which
      # blocks as well. Add what your own targets and scripts need.
"""
_HOST = """\
      # On the runner itself, with the tools from above and without a container around gates: for branches whose authors
      # you trust not to attack the machine. Gates with an `image` need only `org/gaterunner@v1`. See docs/action.md.
"""
_RELEASE = "      # Pin the commit of a release in place of the tag: `org/gaterunner{variant}@<commit> # v1.2.3`.\n"
REPORT = "gaterunner-report.json"


def render_github_workflow(proposal: Proposal, *, law: str) -> str:
    """The workflow, with every action but our own pinned to a commit; ``law`` is the workflow file's path."""
    steps = merged(proposal.steps)
    variant = "/host" if steps else ""
    parts = [_HEAD.format(law=law), *_step(action("actions/checkout", fetch_depth="0", persist_credentials="false"))]
    if steps:
        parts.append(_TOOLS)
        parts += [line for step in steps for line in _step(step)]
        parts.append(_HOST)
    parts += [_RELEASE.format(variant=variant), f"      - uses: org/gaterunner{variant}@v1\n"]
    parts += ["        with:\n", f"          report: {REPORT}\n"]
    upload = action("actions/upload-artifact", name="gaterunner-report", path=REPORT)
    first, *rest = _step(upload)
    return "".join([*parts, first, "        if: always()\n", *rest])


def _step(step: Step) -> Iterator[str]:
    """The lines of one step."""
    lines = []
    if step.name:
        lines.append(f"name: {scalar(step.name)}")
    if step.uses:
        lines.append(f"uses: {step.uses} # {step.version}")
    if step.inputs:
        lines.append("with:")
        lines += [f"  {key}: {_value(value)}" for key, value in step.inputs]
    if step.folder:
        lines.append(f"working-directory: {scalar(step.folder)}")
    if step.run:
        lines.append(f"run: {block(step.run, 10)}")
    for number, line in enumerate(lines):
        yield f"      {'- ' if number == 0 else '  '}{line}\n"


def _value(text: str) -> str:
    """Numbers in quotes where YAML would shorten them (3.10), booleans and whole numbers as such."""
    return text if re.fullmatch(r"true|false|\d+", text) else scalar(text)
