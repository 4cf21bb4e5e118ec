"""The nouns of a proposal: what was found in a repository, and what is written for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from gaterunner.config.conventions.files import Files

ROOT = ""
"""The folder of the part that is the repository's root."""


class Step(Struct, frozen=True, kw_only=True):
    """One step of the GitHub job: an action (``owner/name@commit`` and the version that this is) or a command."""

    name: str = ""
    uses: str = ""
    version: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    run: str = ""
    folder: str = ROOT


class Proof(Struct, frozen=True, kw_only=True):
    """A test command that leaves JUnit results behind, and the glob that finds them."""

    command: str
    files: str


class Stack(Struct, frozen=True, kw_only=True):
    """What ``init`` knows of one language beyond its conventions.

    ``language`` is the language's name in ``config.conventions``. ``manifests`` are endings of the files that make a
    folder a part of this stack; ``gates`` are the standard gates that its default is good for. ``shown`` tells the
    stack with the tool that keeps its dependencies, ``proof`` turns a test command into one that leaves results (None
    where that takes something which the project does not have), ``steps`` set up what ``commands`` need, and
    ``members`` are globs of the folders that the root's commands already cover.
    """

    language: str
    manifests: tuple[str, ...]
    gates: tuple[str, ...]
    shown: Callable[[Files], str]
    proof: Callable[[str, str, Files], Proof | None]
    steps: Callable[[Files, Sequence[str]], tuple[Step, ...]]
    members: Callable[[Files], tuple[str, ...]] = lambda _: ()


class Gate(Struct, frozen=True, kw_only=True):
    """A gate as it will stand in the workflow file.

    ``kind`` is the standard gate that it is one of, ``language`` the stack that it speaks for, empty where that is the
    whole folder, as with a target of a Makefile. ``bare`` means that its name alone becomes ``command``.
    """

    name: str
    kind: str
    command: str
    why: str
    language: str = ""
    bare: bool = False
    folder: str = ROOT
    tests: str = ""
    paths: tuple[str, ...] = ()
    first_of_part: bool = False
    note: str = ""


class LeftOut(Struct, frozen=True, kw_only=True):
    """Something that was seen and is not in the workflow file, with the reason; ``kind`` is a standard gate's name."""

    name: str
    why: str
    kind: str = ""


class Part(Struct, frozen=True, kw_only=True):
    """A folder with a project of its own: its stacks as told, its gates, and what they need set up.

    ``later`` are gates that exist and need more than a checkout; they are written as comments. A ``member`` of the
    root's workspace needs what the root needs.
    """

    folder: str
    shown: tuple[str, ...]
    gates: tuple[Gate, ...] = ()
    later: tuple[Gate, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    steps: tuple[Step, ...] = ()
    member: bool = False


class Policies(Struct, frozen=True, kw_only=True):
    """What the policies of the workflow file go by; ``default_branch`` is empty where it is one of the usual names."""

    migrations: tuple[str, ...] = ()
    default_branch: str = ""


class Proposal(Struct, frozen=True, kw_only=True):
    """Everything that is written and told. ``not_found`` are standard gates that no part has anything for."""

    parts: tuple[Part, ...]
    policies: Policies
    not_found: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gates of all parts, in their order."""
        return tuple(gate for part in self.parts for gate in part.gates)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What the gates need set up; nothing where gaterunner's own image has it all."""
        of_root = any(part.gates for part in self.parts if part.folder == ROOT or part.member)
        asked = [part for part in self.parts if (of_root if part.folder == ROOT else part.gates and not part.member)]
        return tuple(step for part in asked for step in part.steps)
