"""Which actions and reusable workflows of its own repository a workflow uses: what a run is made of besides."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from typing import Literal
from urllib.parse import quote

from msgspec import Struct

from gaterunner.github.api import RepositoryApi
from gaterunner.github.errors import GitHubError

_NOT_FOUND = 404
_MOST_FILES = 30
# Also in comments: one too many costs a question, one too few a verdict.
_USES = re.compile(r"""\buses["']?\s*:\s*["']?\./([^\s"',}\]]*)""")
_WORKFLOW = re.compile(r"\.ya?ml")


class _Content(Struct, frozen=True):
    type: Literal["file"]
    encoding: Literal["base64"]
    content: str


def local_actions(api: RepositoryApi, commit: str, workflow: str) -> tuple[str, ...]:
    """The paths that ``workflow`` uses at ``commit`` by ``uses: ./…``, and what these use in turn.

    An empty path is the whole repository: that of an action at its root, or of one that an expression names. Raises
    ``GitHubError`` where GitHub does not tell a file, or where there are too many.
    """
    found: dict[str, None] = {}
    files = [workflow]
    for asked in range(_MOST_FILES):
        if asked == len(files):
            return tuple(found)
        for used in _USES.findall(_read(api, commit, files[asked])):
            path = _path(used)
            if path in found:
                continue
            found[path] = None
            files += (
                [path] if _WORKFLOW.search(path) else [f"{path}/action{end}".strip("/") for end in (".yml", ".yaml")]
            )
    raise GitHubError(f"{workflow} uses more of the repository's own actions than are looked at")


def _path(used: str) -> str:
    path = posixpath.normpath(used.strip("/"))
    return "" if "${{" in used or path == "." or path.startswith("..") else path


def _read(api: RepositoryApi, commit: str, path: str) -> str:
    try:
        told = api.get(f"/contents/{quote(path)}", _Content, deadline=api.deadline(), parameters={"ref": commit})
    except GitHubError as error:
        if error.status != _NOT_FOUND:
            raise
        return ""  # what is not there uses nothing
    try:
        return base64.b64decode(told.content).decode("utf-8", "replace")
    except binascii.Error as error:
        raise GitHubError(f"GitHub's content of {path} is not Base64") from error
