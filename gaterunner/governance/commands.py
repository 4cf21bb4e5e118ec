"""`gaterunner decide`: argv to what is asked, no logic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


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
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def decide_command(**options: Any) -> int:
    """Put a question of the spec to the panel.

    QUESTION is its id. Shows the scores, how each member votes, and why it comes out so. The spec and the panel are
    those of the target branch. The answer follows from them and the facts alone; nobody is asked.

    Ends with 0 when it is decided, by vote or by a fallback of the panel, and with 1 when a person has to decide.
    """
    from gaterunner.governance.deciding import decide_question

    return decide_question(folder=Path.cwd(), **options)
