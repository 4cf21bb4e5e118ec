"""`gaterunner spec`: argv to what is printed, no logic."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("spec")
def spec_group() -> None:
    """Write the spec of a phase: an empty one, or a draft from what is there.

    Both print to standard output: Markdown, or YAML where `specs:` of the workflow file names a .yml or .yaml. What
    they print is no spec before a person has finished it.
    """


@spec_group.command("new")
@click.argument("phase", metavar="PHASE")
def new_command(phase: str) -> int:
    """Print an empty spec for a phase."""
    from gaterunner.contract.importing.skeleton import skeleton
    from gaterunner.contract.validating import as_kept_here

    click.echo(as_kept_here(skeleton(phase)), nl=False)
    return 0


@spec_group.command("import")
@click.argument("path", type=click.Path(path_type=Path), metavar="PATH")
def import_command(path: Path) -> int:
    """Print a draft from documents of spec-kit, OpenSpec or Kiro.

    PATH is the folder of one feature or change, or a document in it. What is taken over is marked as suggested; owner,
    tests and scope are left empty, as these documents are often written by the agent that is to be held to the spec.
    """
    from gaterunner.contract.importing.documents import import_draft
    from gaterunner.contract.validating import as_kept_here

    click.echo(as_kept_here(import_draft(path)), nl=False)
    return 0
