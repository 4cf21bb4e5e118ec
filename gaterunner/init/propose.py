"""From a tree to a proposal: parts, their gates, what has to be set up for them, and the policies that fit. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from gaterunner.config.conventions.types import SourceError, Tree
from gaterunner.errors import UsageError
from gaterunner.init.declared_results import declared_results
from gaterunner.init.gates import LATER, STANDARD, Finder, Found
from gaterunner.init.migrations import migration_tools
from gaterunner.init.parts import Place, find_places
from gaterunner.init.steps import step_in, tool_steps
from gaterunner.init.types import ROOT, Gate, LeftOut, Part, Policies, Proposal, Step

MOST_PARTS = 12
"""More folders than this are told and not written: a workflow file that nobody reads helps nobody."""

_CI_FILES = re.compile(
    r"\.github/workflows/[^/]+\.ya?ml|\.pre-commit-config\.yaml|lefthook\.ya?ml|\.gitlab-ci\.yml|\.circleci/config\.yml"
    r"|Makefile|justfile|tox\.ini|noxfile\.py|package\.json|\.husky/[^/]+"
)
_OF_A_BUNDLE = re.compile(r"(?:rspec|rubocop|standardrb|rake|srb|steep)\b")
_LONGEST_SLUG = 40  # a gate's name has at most 64 characters
_USUAL = ("main", "master")
# Folders for results that are ignored already in many repositories, the least surprising first.
_RESULTS = ("build", "reports", "test-results", "coverage", "tmp")
OWN_RESULTS = "gate-results"
"""Where results go when git ignores none of the usual folders."""


def propose(tree: Tree, *, default_branch: str | None) -> Proposal:
    """What ``init`` writes for a tree. Raises ``UsageError`` where a file that declares commands cannot be read."""
    found = find_places(tree)
    formatted_by = _text_of(tree, (path for path in tree.paths() if _CI_FILES.fullmatch(path)))
    results = _ignored_folder(tree) or OWN_RESULTS
    root = _part(found.places[0], formatted_by, results)
    parts, left_out = [root.part], list(found.left_out)
    for number, place in enumerate(found.places[1:], 1):
        if len(parts) > MOST_PARTS:
            rest = len(found.places) - number - 1
            name = f"{place.folder}/" + (f" and {rest} more" if rest else "")
            left_out.append(LeftOut(name=name, why=f"only the first {MOST_PARTS} folders are written"))
            break
        names = _names_for(place, root.part)
        if not names:
            continue
        try:
            part = _covered(_part(place, formatted_by, results, names).part, root)
            part = _in_bundle_of_root(part, place, tree)
        except UsageError as error:
            left_out.append(LeftOut(name=f"{place.folder}/", why=error.message))
            continue
        if part.gates or (part.left_out and not place.member):
            parts.append(part)
    parts = _with_own_names(_with_paths(parts))
    seen = {gate.kind for part in parts for gate in (*part.gates, *part.later)}
    seen |= {each.kind for part in parts for each in part.left_out}
    wanted = {name for stack in found.places[0].stacks for name in stack.gates} or set(STANDARD)
    return Proposal(
        parts=tuple(parts),
        policies=Policies(
            migrations=migration_tools(tree),
            default_branch=default_branch if default_branch and default_branch not in _USUAL else "",
        ),
        not_found=tuple(name for name in STANDARD if name in wanted - seen and name not in LATER),
        left_out=tuple(left_out),
    )


class _Read:
    """A part with what later ones are compared with."""

    def __init__(self, part: Part, finder: Finder) -> None:
        self.part = part
        self.finder = finder


def _names_for(place: Place, root: Part) -> tuple[str, ...]:
    """The standard gates to look for: of a member of a workspace those that the root does not have for all of them."""
    if not place.member:
        return STANDARD
    of_root = {(gate.kind, gate.language) for gate in root.gates}
    asked = (name for name in STANDARD if name not in LATER and name != "format-check")
    return tuple(
        name for name in asked if any(not of_root & {(name, ""), (name, stack.language)} for stack in place.stacks)
    )


def _part(place: Place, formatted_by: str, results: str, names: tuple[str, ...] = STANDARD) -> _Read:
    finder = Finder(place.tree, place.stacks, formatted_by=formatted_by)
    found = finder.find(names)
    try:
        return _Read(_made(place, found, finder, results), finder)
    except SourceError as fault:
        raise UsageError(
            f"{fault.place} {fault.message}", help=f"repair {fault.path}, then run `gaterunner init` again"
        ) from None


def _made(place: Place, found: Found, finder: Finder, results: str) -> Part:
    files = finder.files
    gates = tuple(_proven(gate, place, finder, results) for gate in found.gates)
    commands = [started for gate in found.gates for started in finder.declarations.started(gate.command)]
    steps: list[Step] = []
    for stack in place.stacks:
        steps += stack.steps(files, commands)
    steps += tool_steps(commands)
    return Part(
        folder=place.folder,
        shown=tuple(stack.shown(files) for stack in place.stacks),
        gates=tuple(_in(gate, place.folder) for gate in gates),
        later=tuple(_in(gate, place.folder) for gate in found.later),
        left_out=tuple(
            replace(each, name=f"{_slug(place.folder)}-{each.name}") if place.folder else each
            for each in found.left_out
        ),
        steps=tuple(step_in(step, place.folder) for step in steps),
        member=place.member,
    )


def _proven(gate: Gate, place: Place, finder: Finder, results: str) -> Gate:
    """The gate with a result file as evidence, where its tool writes one or can be asked to."""
    if gate.kind != "unit":
        return gate
    files = finder.files
    written = declared_results(finder.declarations.shells(gate.command), files)
    if written is not None:
        return replace(gate, tests=written)
    result = f"{results}/{gate.name}.xml"
    for stack in place.stacks:
        proof = stack.proof(gate.command, result, files)
        if proof is not None:
            return replace(
                gate, command=proof.command, tests=proof.files, bare=gate.bare and proof.command == gate.command
            )
    return gate


def _in(gate: Gate, folder: str) -> Gate:
    """The gate as one of a folder: there its name is another, so that its command has to be written out."""
    return gate if folder == ROOT else replace(gate, name=f"{_slug(folder)}-{gate.name}", folder=folder, bare=False)


def _slug(folder: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", folder).strip("-")[:_LONGEST_SLUG] or "part"


def _covered(part: Part, root: _Read) -> Part:
    """The part without gates that the root's own already run: a target that goes through the folders."""
    kept, left_out = [], list(part.left_out)
    by_name = {gate.name: gate for gate in root.part.gates}
    for gate in part.gates:
        above = by_name.get(gate.name.removeprefix(f"{_slug(part.folder)}-"))
        if above is not None and root.finder.declarations.mentions(above.command, part.folder):
            left_out.append(
                LeftOut(name=gate.name, why=f"the gate `{above.name}` of the root goes into {part.folder}/")
            )
        else:
            kept.append(gate)
    return replace(part, gates=tuple(kept), left_out=tuple(left_out))


def _in_bundle_of_root(part: Part, place: Place, tree: Tree) -> Part:
    """Gems without a Gemfile beside them live in the root's bundle, which Bundler looks for upwards."""
    is_ruby = any(stack.language == "Ruby" for stack in place.stacks)
    if not is_ruby or place.tree.read("Gemfile") is not None or tree.read("Gemfile") is None:
        return part
    steps = tuple(step for step in part.steps if "ruby/setup-ruby@" not in step.uses)
    gates = tuple(
        replace(gate, command=f"bundle exec {gate.command}") if _OF_A_BUNDLE.match(gate.command) else gate
        for gate in part.gates
    )
    return replace(part, gates=gates, steps=steps, member=not steps)


def _with_paths(parts: Sequence[Part]) -> list[Part]:
    """Gates of folders run when their folder was touched, but for one: a run in which no gate ran proves nothing."""
    always = any(part.folder == ROOT and part.gates for part in parts)
    made: list[Part] = []
    for part in parts:
        gates: list[Gate] = []
        for gate in part.gates:
            first = gate is part.gates[0]
            if part.folder == ROOT:
                gates.append(gate)
            elif not always:
                always = True
                note = "without `paths`: a change on which no gate runs would not pass"
                gates.append(replace(gate, first_of_part=first, note=note))
            else:
                gates.append(replace(gate, first_of_part=first, paths=(f"{part.folder}/**",)))
        made.append(replace(part, gates=tuple(gates)))
    return made


def _with_own_names(parts: Sequence[Part]) -> list[Part]:
    """The parts with a number behind every gate's name that is taken: `node-unit` may be of a language or a folder."""
    taken: set[str] = set()
    made: list[Part] = []
    for part in parts:
        gates: list[Gate] = []
        for gate in part.gates:
            names = (f"{gate.name}-{number}" if number > 1 else gate.name for number in range(1, len(taken) + 2))
            name = next(name for name in names if name not in taken)
            taken.add(name)
            gates.append(replace(gate, name=name))
        made.append(replace(part, gates=tuple(gates)))
    return made


def _ignored_folder(tree: Tree) -> str | None:
    """A usual folder for results that the root's .gitignore lists for every folder."""
    lines = {line.strip() for line in _text_of(tree, (".gitignore",)).splitlines()}
    return next((name for name in _RESULTS if lines & {name, f"{name}/", f"**/{name}", f"**/{name}/"}), None)


def _text_of(tree: Tree, paths: Iterable[str]) -> str:
    return "\n".join((tree.read(path) or b"").decode("utf-8", "replace") for path in paths)
