"""What the names and commands of gates stand for, at the base and on the branch: what they run, and through what."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator

from gaterunner.config.conventions import Conventions, Resolution, Subtree, Unresolved
from gaterunner.config.types import Gate, Workflow
from gaterunner.guardrails.findings import found, several, shown, told
from gaterunner.guardrails.reach import Reach, Reached
from gaterunner.guardrails.sides import Side, Sides
from gaterunner.guardrails.whole_files import what_became
from gaterunner.model import FileChange, Finding


class Meaning:
    """The gates' commands over both sides; each side is resolved and followed once."""

    def __init__(self, workflow: Workflow, sides: Sides) -> None:
        self._workflow = workflow
        self._sides = sides
        self._conventions: dict[tuple[bool, str], Conventions] = {}
        commands = {gate.name: self._command(gate) for gate in workflow.gates}
        self.old = self._reach(sides.old, commands)
        self.new = self._reach(sides.new, commands)

    def _command(self, gate: Gate) -> str:
        """What runs now: the base's meaning, and where the base has none the branch's."""
        if gate.run is not None:
            return gate.run
        for of_new in (False, True):
            resolved = self._resolve(gate, of_new=of_new)
            if isinstance(resolved, Resolution):
                return resolved.command
        return ""

    def _resolve(self, gate: Gate, *, of_new: bool) -> Resolution | Unresolved:
        side = self._sides.new if of_new else self._sides.old
        folder = posixpath.normpath(gate.cwd)
        key = (of_new, folder)
        if key not in self._conventions:
            self._conventions[key] = Conventions(side if folder == "." else Subtree(side, folder))
        return self._conventions[key].resolve(gate.name)

    def _reach(self, side: Side, commands: dict[str, str]) -> Reach:
        reach = Reach(side)
        for gate in self._workflow.gates:
            reach.follow(gate.name, posixpath.normpath(gate.cwd), commands[gate.name])
        return reach

    def is_named(self, programs: Collection[str]) -> bool:
        """Whether what the gates run, at the base or on the branch, names one of these programs."""
        return self.old.names(programs) or self.new.names(programs)

    def names(self) -> Iterator[Finding]:
        """Bare names that would come to mean another command."""
        lost: dict[str, list[str]] = {}
        for gate in self._workflow.gates:
            if gate.run is not None:
                continue
            was, will = (self._resolve(gate, of_new=of_new) for of_new in (False, True))
            if isinstance(was, Unresolved):
                continue
            if isinstance(will, Unresolved):
                if will.faulty:
                    lost.setdefault(will.faulty.partition(":")[0], []).append(gate.name)
                else:
                    message = f"gate `{gate.name}` would become nothing instead of {shown(was.command)}"
                    yield found("gate-meaning", message, path=was.path or self._workflow.path, key=gate.name)
            elif was.command != will.command:
                yield self._renamed(gate, was, will)
        for path, names in lost.items():
            message = f"cannot be read any more, so what these gates are could not be told: {several(names)}"
            yield found("gate-meaning", message, path=path, key="unreadable")

    def _renamed(self, gate: Gate, was: Resolution, will: Resolution) -> Finding:
        message = (
            f"gate `{gate.name}` would run {shown(will.command)} ({will.source}) instead of "
            f"{shown(was.command)} ({was.source})"
        )
        path = will.path or was.path or self._workflow.path
        return found("gate-meaning", message, path=path, line=will.line, key=gate.name)

    def definitions(self) -> Iterator[Finding]:
        """Targets, scripts and tasks that gates run and that the branch changes."""
        changed = self._sides.files
        for key, before in self.old.units.items():
            after = self.new.units.get(key)
            if after is None:
                yield from self._gone(before)
            elif before.unit and after.unit and before.unit.lines != after.unit.lines:
                yield _changed(before, after)
        for key, after in self.new.units.items():
            # What only the branch reaches is told by what leads there, unless it is in force without being named.
            is_new = key not in self.old.units and after.unit is not None and after.unit.path in changed
            if is_new and after.unit and self._unled(after) and not self._in_a_new_folder(after.unit.path):
                said = f"say {several(after.unit.lines)}" if after.unit.lines else "be declared"
                message = f"{_called(after)} would {said}"
                yield found("gate-definition", message, path=after.unit.path, line=after.unit.line, key=after.unit.name)
        bare = {gate.name for gate in self._workflow.gates if gate.run is None}
        for path, fault in self.new.faults.items():
            if path in changed and fault.gate not in bare:  # those are told by what their names become
                message = f"cannot be read any more, so what gate `{fault.gate}` would do cannot be told"
                yield found("gate-definition", message, path=path, key="unreadable")
        yield from self._read_instead()

    def _in_a_new_folder(self, path: str) -> bool:
        """A new package of a workspace brings its own scripts, which take nothing from those of others."""
        folder = posixpath.dirname(path)
        return bool(folder) and folder not in self._sides.old.folders

    def _unled(self, after: Reached) -> bool:
        """Whether no unit that the base has too leads there by a change of its own."""
        assert after.unit is not None  # noqa: S101 - narrows for mypy; the caller has looked
        name = after.unit.name
        return not any(
            name in one.unit.uses or f"${name}" in one.unit.uses
            for key, one in self.new.units.items()
            if one.unit is not None
            and (before := self.old.units.get(key)) is not None
            and before.unit is not None
            and one.unit.lines != before.unit.lines
        )

    def _gone(self, before: Reached) -> Iterator[Finding]:
        unit = before.unit
        if unit is None or not unit.lines or unit.path in self.new.faults or self.new.declares(unit):
            return  # one that is declared and not reached any more was left by another, whose change is told
        if self._instead_of(unit.path) is None:
            message = f"{_called(before)} would no longer be there: {several(unit.lines)}"
            yield found("gate-definition", message, path=unit.path, key=unit.name)

    def _read_instead(self) -> Iterator[Finding]:
        for path in dict.fromkeys(key[0] for key in self.old.units):
            instead = self._instead_of(path)
            if instead is not None:
                message = f"would be read instead of {shown(path)}, and so decide what gates run"
                yield found("gate-definition", message, path=instead, key="instead")

    def _instead_of(self, path: str) -> str | None:
        """The new file of the same folder that is read in place of one that is still there."""
        folder = posixpath.dirname(path)
        if not self._sides.new.has(path) or any(key[0] == path for key in self.new.units):
            return None
        there = (key[0] for key in self.new.units if posixpath.dirname(key[0]) == folder)
        return next((other for other in there if other in self._sides.files and not self._sides.old.has(other)), None)

    def scripts(self) -> Iterator[Finding]:
        """Files that the gates' commands name and that the branch changes."""
        for path, file in self._sides.files.items():
            reached = self.old.files.get(path) or self.new.files.get(path)
            if reached is not None:
                yield from self._script(path, file, reached)

    def _script(self, path: str, file: FileChange, reached: Reached) -> Iterator[Finding]:
        old, new = self._sides.old.text(path), self._sides.new.text(path)
        if old is not None and new is not None and file.old_mode == file.new_mode and _bare(old) == _bare(new):
            yield told("form-only", "only comments or spacing change", path=path)
            return
        lost, gained = _differing(_bare(old or ""), _bare(new or ""))
        parts = [
            f"without {several(lost, most=2)}" if lost else "",
            f"with {several(gained, most=2)}" if gained else "",
        ]
        said = " and ".join(part for part in parts if part)
        message = f"gate `{reached.gate}` runs or reads it; {what_became(file)}{f', {said}' if said else ''}"
        yield found("gate-script", message, path=path, key="script")


def _changed(before: Reached, after: Reached) -> Finding:
    assert before.unit is not None  # noqa: S101 - narrows for mypy; the caller has looked
    assert after.unit is not None  # noqa: S101 - the same
    lost, gained = _differing(before.unit.lines, after.unit.lines)
    parts = [f"would no longer say {several(lost)}" if lost else "", f"would say {several(gained)}" if gained else ""]
    said = " and ".join(part for part in parts if part) or "would say the same in another order"
    message = f"{_called(after)} {said}"
    return found("gate-definition", message, path=after.unit.path, line=after.unit.line, key=after.unit.name)


def _called(reached: Reached) -> str:
    unit = reached.unit
    name = f"`{unit.name}`" if unit and not unit.name.startswith("(") else ""
    return f"{unit.what if unit else ''} {name}".strip() + f", which gate `{reached.gate}` runs,"


def _differing(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[list[str], list[str]]:
    before, after = set(old), set(new)
    return [line for line in old if line not in after], [line for line in new if line not in before]


def _bare(text: str) -> tuple[str, ...]:
    """The lines that say something; ``#!`` does."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and (not line.startswith("#") or line.startswith("#!")))
