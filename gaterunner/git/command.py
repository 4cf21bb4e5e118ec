"""How git is called: with an environment of our own, never with the repository's settings.

The branch is the accused, and whatever worked on it could also write into ``.git``. So git reads objects through a
private git directory (see ``private.py``) that knows the repository's objects and refs and nothing else of it. The few
commands that must run in the repository itself (its refs, its settings) start no other program, and get overrides for
every setting that could make them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gaterunner.errors import EvaluationError
from gaterunner.process import Completed, Pipes, capture, capture_together, piped

# What the operator may have set to reach a remote. Everything else that starts with GIT_ is dropped: a git hook that
# calls us hands over GIT_DIR, GIT_INDEX_FILE and GIT_WORK_TREE of the repository it runs in, and we would follow them.
_KEPT = frozenset(
    {
        "GIT_ASKPASS",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_EXEC_PATH",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSL_CAINFO",
        "GIT_SSL_CAPATH",
        "GIT_SSL_NO_VERIFY",
    }
)

_FIXED = {
    "GIT_NO_REPLACE_OBJECTS": "1",  # refs/replace/ shows other content under an honest id
    "GIT_NO_LAZY_FETCH": "1",  # git >= 2.45; older ones are kept from it by the private directory
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}

# Settings given through the environment win over every file.
_OVERRIDES = (
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.untrackedCache", "false"),
    ("core.commitGraph", "false"),  # a cache of parents that nothing checks against the commits
    ("core.attributesFile", "/dev/null"),
    ("core.quotePath", "false"),
    ("core.looseCompression", "1"),  # a snapshot's objects live for one run
    ("core.trustctime", "true"),
    ("core.checkStat", "default"),
    ("diff.external", ""),
    ("protocol.ext.allow", "never"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("log.showSignature", "false"),
)

DEFAULT_TIMEOUT_S = 600.0


def inherited(env: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what could lead git astray."""
    kept = {name: value for name, value in env.items() if not name.startswith("GIT_") or name in _KEPT}
    # A relative entry would be looked up in whatever directory a process starts in.
    kept["PATH"] = ":".join(entry for entry in env.get("PATH", "").split(":") if entry.startswith("/"))
    return {**kept, **_FIXED}


def with_settings(env: Mapping[str, str], settings: tuple[tuple[str, str], ...] = ()) -> dict[str, str]:
    """``env`` plus the overrides, plus further settings that win over them."""
    result = dict(env)
    pairs = (*_OVERRIDES, *settings)
    for number, (key, value) in enumerate(pairs):
        result[f"GIT_CONFIG_KEY_{number}"] = key
        result[f"GIT_CONFIG_VALUE_{number}"] = value
    result["GIT_CONFIG_COUNT"] = str(len(pairs))
    return result


def sealed(env: Mapping[str, str]) -> dict[str, str]:
    """``env`` without any configuration file of a user or a machine."""
    return {**env, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


def encode(path: str) -> bytes:
    """The bytes of a path as git has them."""
    return path.encode("utf-8", "surrogateescape")


def decode(path: bytes) -> str:
    """A path as ``model.py`` defines it."""
    return path.decode("utf-8", "surrogateescape")


def quoted(path: bytes) -> bytes:
    """A path as one line, quoted as in C, where git reads lines (``--stdin-paths``, ``objects/info/alternates``)."""
    return b'"' + path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'


def complaint(done: Completed) -> str:
    """The last thing that git said, in one line; says nothing of what a remote printed."""
    lines = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines
    return told[0].strip() if told else f"exit code {done.returncode}"


def committer(date: str = "@0 +0000") -> dict[str, str]:
    """Whose the commits are that we make ourselves; with one date the same trees make the same commit."""
    who = {"NAME": "gaterunner", "EMAIL": "gaterunner@localhost.invalid", "DATE": date}
    return {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in who.items()}


class Git:
    """One way of calling git: a directory to start in and a whole environment.

    The directory is never inside the work tree, so that nothing the branch holds is found by a relative name.
    """

    def __init__(self, cwd: Path, env: Mapping[str, str]) -> None:
        self.cwd = cwd
        self.env = dict(env)

    def with_env(self, **more: str) -> Git:
        """The same with further environment variables."""
        return Git(self.cwd, {**self.env, **more})

    def attempt(self, *arguments: str | bytes, input: bytes = b"", timeout_s: float = DEFAULT_TIMEOUT_S) -> Completed:
        """Runs git to its end, whatever its exit code. Raises ``EvaluationError`` when it cannot be run."""
        return capture(("git", *arguments), cwd=self.cwd, env=self.env, input=input, timeout_s=timeout_s)

    def run(self, *arguments: str | bytes, input: bytes = b"", doing: str, help: str | None = None) -> bytes:
        """What git printed; ``EvaluationError`` with what it said when it failed while ``doing`` something."""
        done = self.attempt(*arguments, input=input)
        if done.returncode != 0:
            raise failure(doing, done, help)
        return done.stdout

    def together(self, *commands: tuple[str | bytes, ...], doing: str) -> tuple[bytes, ...]:
        """What several commands print that run at once; ``EvaluationError`` when one failed while ``doing`` this."""
        argvs = [("git", *arguments) for arguments in commands]
        found = capture_together(argvs, cwd=self.cwd, env=self.env, timeout_s=DEFAULT_TIMEOUT_S)
        for done in found:
            if done.returncode != 0:
                raise failure(doing, done)
        return tuple(done.stdout for done in found)

    @contextmanager
    def pipe(self, *arguments: str | bytes) -> Iterator[Pipes]:
        """Starts git with its input and output as streams."""
        with piped(("git", *arguments), cwd=self.cwd, env=self.env) as pipes:
            yield pipes


def failure(doing: str, done: Completed, help: str | None = None) -> EvaluationError:
    """The error for a git command that failed; a missing object gets the advice that mends most of them."""
    said = complaint(done)
    if help is None and ("bad object" in said or "unable to read" in said or "missing" in said or "bad tree" in said):
        help = MISSING_HELP
    return EvaluationError(f"git failed while {doing}: {said}", help=help)


MISSING_HELP = (
    "the repository does not hold all objects of the change: check out with the whole history "
    "(actions/checkout with `fetch-depth: 0` and no `filter`; locally `git fetch --unshallow`)"
)
