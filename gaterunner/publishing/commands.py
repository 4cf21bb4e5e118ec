"""`gaterunner publish`: argv to what is asked, no logic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command("publish")
@click.argument("report", type=click.Path(path_type=Path), metavar="REPORT")
@click.option(
    "--repository",
    metavar="OWNER/NAME",
    envvar="GITHUB_REPOSITORY",
    required=True,
    help="The repository on GitHub (default: GITHUB_REPOSITORY).",
)
@click.option(
    "--run",
    type=click.IntRange(min=1),
    metavar="ID",
    help="The workflow run that made the report: GitHub is asked what it was for, and whether its pass is genuine.",
)
@click.option(
    "--sha",
    metavar="SHA",
    help="The full id of the commit that the report has to be about. Without --run you vouch for the report yourself.",
)
@click.option("--check-name", metavar="NAME", default="gaterunner", show_default=True)
@click.option(
    "--as",
    "form",
    type=click.Choice(["check", "status"]),
    default="check",
    show_default=True,
    help="A check run, which only the token of a GitHub App may write, or a commit status.",
)
@click.option("--comment", is_flag=True, help="Also write the one comment below the pull request, or edit it.")
@click.option(
    "--pull-request",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Whose head the commit is, where --run is absent.",
)
@click.option(
    "--workflow",
    metavar="FILE",
    default=".github/workflows/gates.yml",
    show_default=True,
    help="The workflow file that the run has to be of.",
)
@click.option(
    "--branch",
    "branches",
    metavar="NAME",
    multiple=True,
    help="A pass for a pull request into this branch counts too, as for the default one; may be given several times.",
)
@click.option(
    "--config", metavar="FILE", default=".gaterunner.yml", show_default=True, help="gaterunner's own workflow file."
)
def publish_command(**options: Any) -> int:
    """Publish a report file as a check and a comment.

    The second stage for pull requests of forks, and a way to publish by hand. The token is that of GH_TOKEN or
    GITHUB_TOKEN. Ends with 0 when the verdict stands on GitHub, whatever it is.
    """
    from gaterunner.publishing.by_hand import publish_by_hand

    return publish_by_hand(**options)
