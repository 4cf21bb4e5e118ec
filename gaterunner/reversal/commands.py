"""`gaterunner rollback`: argv to what is asked, no logic."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("rollback")
@click.option("--base", metavar="REF", help="The branch is to go into this one; its tip is today's target.")
@click.option(
    "--config",
    metavar="FILE",
    help="The workflow file (default: .gaterunner.yml), read as `run` does.",
)
@click.option("--onto", metavar="REF", help="Take back from this commit instead.")
@click.option(
    "--merge",
    "merges",
    metavar="COMMIT",
    multiple=True,
    help="Take this merge (or squashed commit) back from the target's tip; may be given several times, each alone.",
)
@click.option("--phases", is_flag=True, help="Only take each landed phase back, alone, from what is checked out.")
@click.option("--run", "gates", is_flag=True, help="Run the workflow's commands on each result.")
@click.option("--jobs", type=click.IntRange(1, 1000), metavar="N", help="How many gates run at once.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def rollback_command(
    *,
    base: str | None,
    config: str | None,
    onto: str | None,
    merges: tuple[str, ...],
    phases: bool,
    gates: bool,
    jobs: int | None,
    form: str,
) -> int:
    """Rehearse going back: this change, each phase, a merge.

    Without options, runs gates on the base's code with this branch's migrations kept, as a gate of the kind
    `rollback-rehearsal` does, and takes each phase that has landed back from what is checked out. Conflicts are listed
    by path. Nothing of the repository is written. Exit codes are those of `run`.
    """
    from gaterunner.reversal.run import Asked, rollback

    if merges and phases:
        raise click.UsageError("--merge and --phases exclude each other.")
    asked = Asked(
        folder=Path.cwd(), base=base, config=config, onto=onto, merges=merges, phases=phases, gates=gates, jobs=jobs
    )
    return rollback(asked, form=form)
