"""Brings in what a shallow or partial clone left out: history, trees, contents.

Everything lands in the private directory. Of the repository's own settings only the remote's address and what
authenticates against it over HTTP are used (actions/checkout keeps its token there), never a program to run.

The whole history is fetched without trees, because only then is base..head exact: whether a commit is new cannot be
told from a history that is cut off, however deep. Trees and contents follow for the commits of the range alone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator

from gaterunner.errors import EvaluationError
from gaterunner.git.command import MISSING_HELP, Git, complaint, with_settings
from gaterunner.git.objects import present
from gaterunner.git.repository import Repository

_REMOTE = "gaterunner"
_TARGET = "refs/gaterunner/target"
_SUBMODULE = "160000"
_NOTHING = "000000"
_HTTP = re.compile(r"^http\.(.*\.)?(extraheader|proxy|sslcainfo|sslverify)$")
_REWRITE = re.compile(r"^url\..*\.insteadof$")
_FETCH = (
    *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"),
    "--recurse-submodules=no",
)


class Remote:
    """The repository's ``origin``. ``token`` is used where the checkout kept no credentials of its own."""

    def __init__(self, repository: Repository, *, token: str | None = None) -> None:
        self._repository = repository
        self._url = _url(repository)
        self._settings = tuple(_settings(repository, self._url, token))

    def _git(self, *more: tuple[str, str]) -> Git:
        repository = self._repository
        env = with_settings(repository.env, (*self._settings, *more))
        if repository.settings.last("core.sshcommand", scopes=("system", "global")) is None:
            env.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")  # nobody is there to answer a question
        return Git(repository.private.path, {**env, "GIT_DIR": str(repository.private.path)})

    def _fetch(self, *arguments: str, input: Iterable[str] = (), more: tuple[tuple[str, str], ...] = ()) -> None:
        if self._url is None:
            raise EvaluationError(
                "a part of the history is not in this repository, and it has no remote `origin` to fetch it from",
                help=MISSING_HELP,
            )
        lines = "".join(f"{line}\n" for line in input).encode()
        try:
            done = self._git(*more).attempt(*_FETCH, *arguments, input=lines)
        finally:
            self._repository.private.write_config()  # a partial fetch adds a remote to be asked behind our back
        if done.returncode != 0:
            raise EvaluationError(
                f"a part of the history is not in this repository and could not be fetched: {complaint(done)}",
                help=MISSING_HELP,
            )

    def branch(self, name: str) -> str:
        """The newest commit of a branch of the remote, with its whole history but not its contents."""
        self._fetch("--filter=tree:0", _REMOTE, f"+refs/heads/{name}:{_TARGET}")
        found = self._repository.resolve(_TARGET)
        if found is None:
            raise EvaluationError(f"the branch {name} could not be fetched", help=MISSING_HELP)
        return found

    def history(self, *commits: str) -> None:
        """The whole history of some commits, without their trees.

        Asked for are the commits that are not there and those where a history that is there is cut off: the remote
        need not know what was committed here.
        """
        missing = [commit for commit in commits if self._repository.resolve(commit) is None]
        ends = self._cut_off([commit for commit in commits if commit not in missing])
        if not missing and not ends:
            return
        unshallow = ("--unshallow",) if self._repository.is_shallow() else ()
        self._fetch(*unshallow, "--filter=tree:0", "--stdin", _REMOTE, input=(*missing, *ends))

    def _cut_off(self, commits: list[str]) -> list[str]:
        shallow = self._repository.private.shallow()
        if not shallow or not commits:
            return []
        listed = self._repository.git.run("rev-list", *commits, "--", doing="looking where the history is cut off")
        return sorted(shallow.intersection(listed.decode("ascii").split()))

    def contents(self, base: str, judged: str, *, whole: tuple[str, ...]) -> None:
        """All that the commits of base..judged touched, and the whole trees of the commits in ``whole``."""
        self._objects(self._root_trees(base, judged, whole), "--filter=blob:none")
        self._objects(self._blobs(base, judged, whole))

    def _objects(self, wanted: Iterator[str], *options: str) -> None:
        missing = [id for id, there in present(self._repository.git, wanted) if not there]
        if missing:
            # Without negotiation: the remote would leave out what belongs to commits that we seem to have whole.
            noop = (("fetch.negotiationAlgorithm", "noop"),)
            self._fetch(*options, "--stdin", _REMOTE, input=dict.fromkeys(missing), more=noop)

    def _root_trees(self, base: str, judged: str, whole: tuple[str, ...]) -> Iterator[str]:
        doing = f"listing the commits of {base}..{judged}"
        git = self._repository.git
        yield from git.run("log", "--boundary", "--format=%T", f"{base}..{judged}", "--", doing=doing).decode().split()
        yield from git.run("log", "--no-walk", "--format=%T", *whole, "--", doing=doing).decode().split()

    def _blobs(self, base: str, judged: str, whole: tuple[str, ...]) -> Iterator[str]:
        for commit in whole:
            for entry in self._repository.tree(commit):
                if entry.mode != _SUBMODULE:
                    yield entry.blob
        for row in self._repository.rows(base, judged):
            for mode, id in zip(row.modes, row.ids, strict=True):
                if mode not in (_SUBMODULE, _NOTHING):
                    yield id


def _url(repository: Repository) -> str | None:
    url = repository.settings.last("remote.origin.url", scopes=("local", "worktree"))
    if url is None or url.startswith("/") or ":" in url:
        return url
    return str(repository.root / url)  # a path, relative to the work tree


def _settings(repository: Repository, url: str | None, token: str | None) -> Iterator[tuple[str, str]]:
    if url is None:
        return
    yield f"remote.{_REMOTE}.url", url
    yield f"remote.{_REMOTE}.promisor", "true"
    yield "fetch.writeCommitGraph", "false"
    own = [
        (key, value)
        for scope, key, value in repository.settings.rows
        if scope in ("local", "worktree") and (_HTTP.match(key) or _REWRITE.match(key))
    ]
    yield from own
    origin = re.match(r"https?://[^/@]+/", url)
    if token and origin is not None and not any(key.endswith("extraheader") for key, _ in own):
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        yield f"http.{origin[0]}.extraheader", f"AUTHORIZATION: basic {basic}"
