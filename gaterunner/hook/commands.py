"""The hook's part of the command line: argv to options, no logic. Imports nothing else until a command is called."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from gaterunner.errors import EXIT_FAIL

_POLICIES_ONLY = click.option(
    "--check", "policies_only", is_flag=True, help="Judge by policies only: nothing of the branch is executed."
)


@click.group("hook")
def hook_group() -> None:
    """Judge what is pushed before git pushes it."""


@hook_group.command("install")
@_POLICIES_ONLY
def hook_install_command(policies_only: bool) -> int:
    """Install the hook that judges every push.

    A hook that is there already is kept and runs first; where another tool writes the hooks, nothing is changed and
    you are told what to add there.
    """
    from gaterunner.hook.installing import install

    click.echo("\n".join(install(Path.cwd(), environment=os.environ, policies_only=policies_only)))
    return 0


@hook_group.command("remove")
def hook_remove_command() -> int:
    """Take the hook out, put back the earlier one."""
    from gaterunner.hook.installing import remove

    click.echo("\n".join(remove(Path.cwd(), environment=os.environ)))
    return 0


@hook_group.command("status")
def hook_status_command() -> int:
    """Say whether pushes are judged.

    Tells what stands in the hook's place. Ends with 0 when pushes are judged, otherwise with 1.
    """
    from gaterunner.hook.installing import status

    standing = status(Path.cwd(), environment=os.environ)
    click.echo("\n".join(standing.lines))
    return 0 if standing.judges else EXIT_FAIL


@hook_group.command("pre-push")
@_POLICIES_ONLY
@click.argument("remote")
@click.argument("address", required=False, expose_value=False)
def hook_pre_push_command(policies_only: bool, remote: str) -> int:
    """Judge what git is about to push to REMOTE.

    This is what the hook runs; git writes what is pushed to its standard input. Ends with 0 when all of it may be
    pushed. For the hooks of other tools; git passes both arguments.
    """
    from gaterunner.hook.pre_push import pre_push

    lines = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").split("\n")
    return pre_push(lines, folder=Path.cwd(), remote=remote, environment=os.environ, policies_only=policies_only)
