"""`gaterunner decide` and `gaterunner decisions`: argv to what is asked, no logic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

_FORM = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
_LOG = click.argument("log", type=click.Path(path_type=Path), required=False, metavar="[LOG]")


@click.command("decide")
@click.argument("question", metavar="QUESTION")
@click.option("--phase", metavar="NAME", help="The phase whose spec asks (default: that of the branch).")
@click.option("--base", metavar="REF", help="The facts are of what lies between this commit and the work tree.")
@click.option("--config", metavar="FILE", help="The workflow file (default: .gaterunner.yml).")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A JSON report of the same commit, for the facts that only gates tell, such as coverage.",
)
@click.option("--record", is_flag=True, help="Add the answer to .gaterunner/decisions.jsonl, to be committed.")
@_FORM
def decide_command(**options: Any) -> int:
    """Put a question of the spec to the panel.

    QUESTION is its id. Shows the scores, how each member votes, and why it comes out so. The spec and the panel are
    those of the target branch. The answer follows from them and the facts alone; nobody is asked.

    Ends with 0 when it is decided, by vote or by a fallback of the panel, and with 1 when a person has to decide.
    """
    from gaterunner.governance.deciding import decide_question

    return decide_question(folder=Path.cwd(), **options)


@click.group("decisions")
def decisions_group() -> None:
    """Replay, verify or render the decision log.

    LOG is the file; without it, .gaterunner/decisions.jsonl of this checkout as it lies.
    """


@decisions_group.command("replay")
@_LOG
@_FORM
def replay_command(log: Path | None, form: str) -> int:
    """Work every decision out again, and compare each byte.

    Ends with 0 when all of them come out as recorded, and with 1 when one does not, or the log is not whole.
    """
    from gaterunner.governance.auditing import replay_log

    return replay_log(Path.cwd(), log, form=form)


@decisions_group.command("verify")
@_LOG
@click.option("--head", metavar="HASH", help="A hash that the log has to hold: that of the last entry once known.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Take that hash from a JSON report, such as the one that the check's attestation is about.",
)
@_FORM
def verify_command(log: Path | None, head: str | None, report: Path | None, form: str) -> int:
    """Walk the chain of hashes.

    Entries that are edited, removed, moved, put in between or repeated, and a log of another repository, are told by
    name. Entries cut off at the end are found by a known hash alone.

    Ends with 0 when the log is whole and holds the hash, else with 1.
    """
    from gaterunner.governance.auditing import verify_log

    if head is not None and report is not None:
        raise click.UsageError("--head and --report exclude each other: both say which hash is known.")
    return verify_log(Path.cwd(), log, head=head, report=report, form=form)


@decisions_group.command("madr")
@_LOG
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write a page for each decision into this folder, instead of all of them to standard output.",
)
def madr_command(log: Path | None, output: Path | None) -> int:
    """Render each decision as a page in the form of MADR 4."""
    from gaterunner.governance.auditing import write_pages

    return write_pages(Path.cwd(), log, output=output)
