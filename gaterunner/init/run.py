"""``gaterunner init`` from the work tree to the written files: the only place here that asks and prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from gaterunner.config.grammar import parse_workflow
from gaterunner.config.types import DEFAULT_PATH
from gaterunner.errors import EXIT_PASS, UsageError
from gaterunner.git.repository import Repository
from gaterunner.init.files import File, files_of, workflow_path, write
from gaterunner.init.owners import suggested_owners
from gaterunner.init.propose import propose
from gaterunner.init.telling import told_next, told_proposal
from gaterunner.init.tree import WorkTree
from gaterunner.init.types import Proposal
from gaterunner.init.workflow_file import render_workflow_file
from gaterunner.output import clean

_REMOTE = "refs/remotes/origin/"


def init(folder: Path, *, yes: bool, dry_run: bool, stdout: bool) -> int:
    """Proposes, shows and writes; with ``dry_run`` or ``stdout`` nothing is written.

    Raises ``UsageError`` outside of a repository, where nothing is found to run, and where a file would be replaced
    and nobody can be asked.
    """
    with Repository.open(folder, env=dict(os.environ)) as repository:
        return _init(repository, yes=yes, dry_run=dry_run, stdout=stdout)


def _init(repository: Repository, *, yes: bool, dry_run: bool, stdout: bool) -> int:
    tree, root = WorkTree(repository), repository.root
    default = repository.symref(f"{_REMOTE}HEAD")
    proposal = propose(tree, default_branch=default.removeprefix(_REMOTE) if default else None)
    if not proposal.gates:
        raise UsageError(_nothing_found(proposal), help=_BY_HAND)
    parse_workflow(render_workflow_file(proposal).encode(), DEFAULT_PATH)
    if stdout:
        click.echo(told_proposal(proposal), err=True)
        click.echo(render_workflow_file(proposal), nl=False)
        return EXIT_PASS
    click.echo(told_proposal(proposal))
    files = files_of(proposal, tree, root)
    chosen = () if dry_run else _chosen(files, yes=yes)
    for file in chosen:
        write(file, root)
    click.echo("Files")
    for line in _told_files(files, chosen, tree, dry_run=dry_run):
        click.echo(f"  {line}")
    seen = WorkTree(repository).paths() if chosen else ()
    for file in (each for each in chosen if each.path not in seen):
        click.echo(f"  {file.path}  is ignored by git: `git add --force {file.path}`")
    click.echo(f"\n{told_next(proposal, owners=suggested_owners(tree))}", nl=False)
    return EXIT_PASS


def _chosen(files: Sequence[File], *, yes: bool) -> tuple[File, ...]:
    """The files to write, after every question was answered: nothing is written before."""
    chosen = []
    for file in files:
        if file.state == "new" or (file.state == "different" and yes):
            chosen.append(file)
        elif file.state == "different":
            click.echo(file.difference())
            if _may_write(file):
                chosen.append(file)
    return tuple(chosen)


def _may_write(file: File) -> bool:
    if sys.stdin.isatty():
        return click.confirm(f"Change {file.path} like this?", default=False)
    if file.optional:
        return False
    raise UsageError(
        f"{file.path} exists and is different, and there is no terminal to ask at; nothing was written",
        help="--yes replaces it, --stdout prints the workflow file, --dry-run shows all differences",
    )


def _told_files(files: Sequence[File], chosen: Sequence[File], tree: WorkTree, *, dry_run: bool) -> list[str]:
    lines = []
    for file in files:
        done = {"new": "written", "different": "changed", "as it is": "as it should be"}[file.state]
        if file not in chosen and file.state != "as it is":
            done = "kept as it is" if not dry_run else f"would be {done}"
        lines.append(f"{file.path}  {done}")
        if dry_run:
            lines += [f"  {line}" for line in file.difference().splitlines()]
        elif file.optional and file not in chosen and file.state != "as it is":
            lines.append("  have git ignore the results of gates: " + file.wanted.rstrip("\n").rpartition("\n")[2])
    other = workflow_path(tree)
    if other not in {file.path for file in files}:
        lines.append(f"{' '.join(clean(other).split())}  calls gaterunner already, so no other workflow is written")
    return lines


def _nothing_found(proposal: Proposal) -> str:
    left_out = [f"{each.name}: {each.why}" for part in proposal.parts for each in part.left_out]
    told = f"; left out: {'; '.join(left_out)}" if left_out else ""
    return f"nothing was found that a gate could run{told}"


_BY_HAND = (
    "write .gaterunner.yml by hand, with a command that ends with another code than 0 when something is wrong: "
    '`workflow: {gates: [{unit: "./run-tests.sh"}]}`'
)
