"""The command: which repository and which token, the facts, and what is printed."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from gaterunner.doctor.diagnosis import examine, exit_code
from gaterunner.doctor.reading import read_facts
from gaterunner.errors import UsageError
from gaterunner.git import Repository
from gaterunner.github.api import RepositoryApi
from gaterunner.github.transport import DEFAULT_API_URL, Clock, Transport
from gaterunner.reporters.doctor import render_json, render_text
from gaterunner.reporters.terminal_style import Style, symbols_for, wants_color, write_text

_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]*@)?(?P<host>[\w.-]+)(?::\d+)?/|(?:[\w.-]+@)?(?P<scp>[\w.-]+):)"
    r"(?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/?",
    re.ASCII,
)


def run_doctor(
    folder: Path, *, repository: str | None, form: str, environment: Mapping[str, str], clock: Clock | None = None
) -> int:
    """Examines a repository, prints what was found and returns the exit code.

    ``repository`` is owner/name; None for the one that the checkout in ``folder`` came from. Raises ``GaterunnerError``
    where there is no token, no repository, or not even its name can be read.
    """
    token = environment.get("GH_TOKEN") or environment.get("GITHUB_TOKEN")
    if not token:
        raise UsageError(
            "there is no token to ask GitHub with",
            help="GH_TOKEN=$(gh auth token) gaterunner doctor; an administrator's token lets all points be read",
        )
    api_url = _api_url(environment)
    name = repository or environment.get("GITHUB_REPOSITORY") or _of_checkout(folder, environment, api_url)
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is not a repository", help="expected owner/name, such as --repository octo/example")
    api = RepositoryApi(Transport(token=token, api_url=api_url, clock=clock), name)
    diagnosis = examine(read_facts(api, api_url=api_url))
    if form == "json":
        sys.stdout.write(render_json(diagnosis))
    else:
        style = Style(color=wants_color(sys.stdout, os.environ), symbols=symbols_for(sys.stdout))
        write_text(sys.stdout, render_text(diagnosis, style=style, width=shutil.get_terminal_size((100, 24)).columns))
    return exit_code(diagnosis)


def _api_url(environment: Mapping[str, str]) -> str:
    """The operator's word alone: a checkout may name any host as its remote, and would be sent the token."""
    given = environment.get("GITHUB_API_URL")
    host = environment.get("GH_HOST", "")
    if given or host in ("", "github.com"):
        return given or DEFAULT_API_URL
    return f"https://{host}/api/v3"


def _of_checkout(folder: Path, environment: Mapping[str, str], api_url: str) -> str:
    with Repository.open(folder, env=environment) as opened:
        address = opened.settings.last("remote.origin.url")
    match = _REMOTE.fullmatch(address or "")
    if match is None:
        raise UsageError(
            "which repository is meant cannot be told from this checkout", help="name it: --repository owner/name"
        )
    host = match["host"] or match["scp"]
    if api_url == DEFAULT_API_URL and host not in ("github.com", "ssh.github.com"):
        raise UsageError(
            f"this checkout came from {host}, and the token is sent to no host that only a checkout names",
            help=f"for an Enterprise Server set GH_HOST={host}; otherwise name the repository: --repository owner/name",
        )
    return match["name"]
