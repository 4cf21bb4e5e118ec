"""What the manifests say of the flags that a change is about, and what the change does to those of others.

Pure: it reads through the context only. The rules come from ``docs/policies/reversible-rollout.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.config.nearest import nearest
from gaterunner.config.problems import quoted
from gaterunner.flags.added import Added, added_lines
from gaterunner.flags.findings import RuleName, found
from gaterunner.flags.held import Fault, HeldFlags, held_flags
from gaterunner.flags.spelling import Mention
from gaterunner.flags.turned_on import turned_on
from gaterunner.flags.types import OFF, ManifestFlag
from gaterunner.model import Finding, Severity

if TYPE_CHECKING:
    from gaterunner.config.types import Flag
    from gaterunner.policies.context import PolicyContext

_MOST_SOUGHT = 200  # the branch writes the manifest, and each name is looked for in all of its code


class Flags(Struct, frozen=True, kw_only=True):
    """What was found of the flags. ``declared`` are those of the spec, ``new`` those that the change adds."""

    declared: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def judge_flags(context: PolicyContext, declared: tuple[str, ...], today: date) -> Flags:
    """What is wrong with the flags of a change. Raises ``EvaluationError`` when a tree or content cannot be had."""
    paths = context.workflow.flag_manifest
    if not paths:
        return Flags(declared=declared, findings=tuple(_without_manifest(declared, context)))
    base, judged = (held_flags(context.repository, at, paths) for at in (context.change.base, context.change.judged))
    new = tuple(name for name in judged.flags if name not in base.flags and name not in declared)
    findings = [*_unreadable(base, judged)]
    if not any(not fault.is_missing for fault in base.faults):
        findings += _changed(base.flags, judged, today)
    else:
        new = ()
    subjects = [*declared, *new]
    for name in subjects:
        flag = judged.flags.get(name)
        if flag is not None and flag.enabled:
            findings += _of_flag(flag, today)
        elif not judged.faults:
            findings += _missing(name, flag, judged, paths)
    findings += _undeclared(new, judged.flags, declared)
    findings += _unused([name for name in subjects if name in judged.flags], declared, judged.flags, context)
    return Flags(declared=declared, new=new, findings=tuple(findings))


def _without_manifest(declared: Iterable[str], context: PolicyContext) -> Iterator[Finding]:
    names = [quoted(name) for name in declared]
    if names:
        yield found(
            "no-manifest",
            f"the spec declares {', '.join(names)}, and {context.workflow.path} names no manifest of flags",
            "Add `flag-manifest: flags.json` under `workflow` on the target branch (docs/flags.md).",
            key="",
        )


def _unreadable(base: HeldFlags, judged: HeldFlags) -> Iterator[Finding]:
    """The base's can only be repaired by a change, so that a review may let that one through; the branch's own not."""
    told = {(fault.path, fault.message) for fault in judged.faults}
    for fault in judged.faults:
        yield _fault(fault, where="", approvable=False)
    for fault in base.faults:
        if not fault.is_missing and (fault.path, fault.message) not in told:
            yield _fault(fault, where="at the base: ", approvable=True)


def _fault(fault: Fault, *, where: str, approvable: bool) -> Finding:
    return found(
        "manifest-unreadable",
        f"{where}{fault.message}",
        fault.help or "docs/flags.md shows what a manifest looks like; `gaterunner validate FILE` checks one.",
        key=f"{where}{fault.message}",
        path=fault.path,
        line=None if where else fault.line,
        approvable=approvable,
    )


def _of_flag(flag: ManifestFlag, today: date) -> Iterator[Finding]:
    name = quoted(flag.name)
    if flag.kind != "boolean":
        yield _about(
            flag,
            "flag-not-boolean",
            f"the flag {name} is of type {flag.kind}, so that it cannot be off",
            "Make it a boolean; what else it decides can be a flag of its own behind it.",
        )
    elif flag.serves != OFF:
        says = "leaves its default to the code" if flag.serves is None else "is on by default"
        yield _about(
            flag,
            "flag-on",
            f"the flag {name} {says}",
            "Let its default be off (`false`); turn it on once it has landed.",
        )
    if flag.targeting is not None:
        yield _about(
            flag,
            "flag-targeted",
            f"the flag {name} has targeting rules, so that it is on for some although its default is off",
            "Take `targeting` out; who gets it first is decided after it has landed.",
        )
    if flag.owner is None:
        yield _about(flag, "flag-without-owner", f"the flag {name} has no owner", _WHOSE)
    yield from _end(flag, today)


_WHOSE = "Add `owner` to it, in flagd under `metadata`: who turns it on, and who removes it."


def _end(flag: ManifestFlag, today: date) -> Iterator[Finding]:
    name = quoted(flag.name)
    help = "Add `expires: 2030-01-31` to it, in flagd under `metadata`: the day by which it is out of the code again."
    if flag.expires is None:
        yield _about(flag, "flag-without-end", f"the flag {name} says no day by which it goes", help)
        return
    end = _day(flag.expires)
    if end is None:
        message = f"the flag {name}: `expires` is {quoted(flag.expires)}, expected a day such as 2030-01-31"
        yield _about(flag, "flag-without-end", message, help)
    elif end < today:
        message = f"the flag {name} expired on {end}"
        yield _about(flag, "flag-expired", message, "Remove it from the code, or give it a later day on purpose.")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2030-01-31") else None
    except ValueError:
        return None


def _missing(name: str, flag: ManifestFlag | None, judged: HeldFlags, paths: tuple[str, ...]) -> Iterator[Finding]:
    if flag is not None:
        yield _about(
            flag,
            "flag-missing",
            f"the flag {quoted(name)} is `DISABLED`, which is as if it were not there",
            "Write `state: ENABLED`, and let `defaultVariant` be the one that is off.",
        )
        return
    near = nearest(name, judged.flags)
    more = f"; did you mean `{near}`?" if near else ""
    yield found(
        "flag-missing",
        f"the spec declares the flag {quoted(name)}, and {' and '.join(paths)} has none of that name{more}",
        "Declare it there: boolean, off by default, with owner and end.",
        key=name,
        path=paths[0],
    )


def _undeclared(new: Iterable[str], flags: Mapping[str, ManifestFlag], declared: tuple[str, ...]) -> Iterator[Finding]:
    """Without any in the spec, or without a spec, there is nothing that they could be missing from."""
    for name in new if declared else ():
        yield _about(
            flags[name],
            "flag-undeclared",
            f"the change adds the flag {quoted(name)}, which the spec does not name",
            "Name it under `flags` of the spec on the target branch, or leave it out.",
            severity=Severity.WARNING,
        )


def _changed(base: Mapping[str, ManifestFlag], judged: HeldFlags, today: date) -> Iterator[Finding]:
    gone_files = {fault.path for fault in judged.faults}
    for name, before in base.items():
        after = judged.flags.get(name)
        if after is None:
            if before.path not in gone_files:
                yield _removed(before, today)
        elif what := _flipped(before, after):
            yield _about(
                after,
                "default-flipped",
                f"the flag {quoted(name)} {what}: that would take effect when this lands, and not when somebody "
                "decides",
                "Take it back; turn a flag where it is served, or in a change of its own that somebody else approves.",
            )


def _removed(flag: ManifestFlag, today: date) -> Finding:
    end = _day(flag.expires) if flag.expires is not None else None
    return found(
        "flag-removed",
        f"the flag {quoted(flag.name)} would be gone: code that still asks for it gets its own default",
        "Remove what asks for it first.",
        key=flag.name,
        path=flag.path,
        severity=Severity.NOTICE if end is not None and end < today else Severity.WARNING,
    )


def _flipped(before: ManifestFlag, after: ManifestFlag) -> str | None:
    """What a flag that stood at the base would do otherwise; None for nothing that anybody would see."""
    if before.enabled != after.enabled:
        return f"would be {'enabled' if after.enabled else 'disabled'}"
    if before.kind != after.kind:
        return f"would be of type {after.kind} instead of {before.kind}"
    if before.serves != after.serves:
        return f"would be {_value(after.serves)} by default instead of {_value(before.serves)}"
    if before.targeting != after.targeting:
        return "would be targeted by other rules"
    return None


def _value(serves: str | None) -> str:
    return "what the code says" if serves is None else quoted(serves)


def _about(
    flag: ManifestFlag, rule: RuleName, message: str, help: str, *, severity: Severity = Severity.ERROR
) -> Finding:
    return found(rule, message, help, key=flag.name, path=flag.path, line=flag.position.line, severity=severity)


# --- whether code asks for them -------------------------------------------------------------------------------------


def _unused(
    names: list[str], declared: tuple[str, ...], flags: Mapping[str, ManifestFlag], context: PolicyContext
) -> Iterator[Finding]:
    """A flag may be declared before the code that asks for it, unless the spec says that it guards this change."""
    variables = {flag.name: flag for flag in context.workflow.flags}
    sought = {name: Mention([name, variables[name].env if name in variables else ""]) for name in names[:_MOST_SOUGHT]}
    wanted = dict(sought)
    adds_code = False
    for added in added_lines(context, sought.values()) if sought else ():
        text = added.text
        small = text.lower()
        named = [name for name, mention in sought.items() if mention.stands_in(text, small)]
        yield from _turned_on(added, [(flags[name], variables.get(name)) for name in named])
        if added.kind == "code":
            adds_code = adds_code or bool(text.strip())
            wanted = {name: mention for name, mention in wanted.items() if name not in named}
    unsought = names[_MOST_SOUGHT:]
    for name in (*wanted, *unsought):
        if name not in declared and not adds_code:
            continue
        more = f" (only {_MOST_SOUGHT} flags are looked for)" if name in unsought else ""
        yield _about(
            flags[name],
            "flag-unused",
            f"no line of code that the change adds names the flag {quoted(name)}{more}",
            "Put what is new behind it, by its name or its variable: what asks for no flag cannot be turned off.",
        )


def _turned_on(added: Added, flags: Iterable[tuple[ManifestFlag, Flag | None]]) -> Iterator[Finding]:
    """A file of configuration may be for machines that no user reaches, which nobody but a person can tell."""
    for flag, carried in flags:
        for line in turned_on(added, flag.name, carried.env if carried else None, carried.on if carried else ""):
            yield found(
                "flag-on",
                f"turns the flag {quoted(flag.name)} on, whatever {flag.path} says",
                "Let it be off where nobody says otherwise; turn it on once it has landed.",
                key=flag.name,
                path=added.path,
                line=line,
                severity=Severity.ERROR if added.kind == "code" else Severity.WARNING,
            )
            break
