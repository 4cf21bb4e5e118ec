"""CI workflows: triggers, permissions, jobs and steps, compared entry by entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gaterunner.guardrails.code_files import compare_code
from gaterunner.guardrails.data import flat, parse
from gaterunner.guardrails.findings import found, several, shown, told, value_of
from gaterunner.guardrails.sides import Unread
from gaterunner.guardrails.whole_files import as_a_whole
from gaterunner.model import FileChange, Finding

_MOST_TOLD = 12
_YAML = re.compile(r".*\.ya?ml")
_PROSE = re.compile(r"(?:.*\.)?(?:name|run-name|description)|inputs\..*\.description")


def compare_ci(file: FileChange, old: bytes | None, new: bytes | None) -> Iterator[Finding]:
    """What the change of a CI file does; ``None`` is a side without the file."""
    texts = [None if data is None else data.decode("utf-8", "surrogateescape") for data in (old, new)]
    if texts[1] is None:
        message = f"deleted: {_jobs_told(texts[0]) or 'what it runs'} would no longer run"
        yield found("ci-workflow", message, path=file.path, key="deleted")
        return
    if not _YAML.fullmatch(file.path):
        yield from (as_a_whole(file, "ci") if texts[0] is None else _as_ci(file, texts))
        return
    try:
        after = parse("yaml", texts[1])
        before = {} if texts[0] is None else parse("yaml", texts[0])
        findings = tuple(_added(file, after) if texts[0] is None else _differences(file, before, after, texts[1]))
    except Unread as unread:
        yield found(
            "ci-workflow", f"{unread.reason}, so what it would run cannot be told", path=file.path, key="unread"
        )
        return
    yield from findings[:_MOST_TOLD]
    if len(findings) > _MOST_TOLD:
        message = f"{len(findings) - _MOST_TOLD} more entries would change"
        yield found("ci-workflow", message, path=file.path, key="more")
    if not findings:
        yield told("form-only", "only names, comments or spacing change", path=file.path)


def _as_ci(file: FileChange, texts: list[str | None]) -> Iterator[Finding]:
    for finding in compare_code(file, *texts):
        if finding.rule.endswith("form-only"):
            yield finding
        else:
            yield found("ci-workflow", finding.message, path=file.path, key="code")


def _jobs_told(text: str | None) -> str:
    try:
        jobs = parse("yaml", text or "").get("jobs")
    except (Unread, AttributeError):
        return ""
    return f"jobs {several(jobs)}" if isinstance(jobs, dict) else ""


def _added(file: FileChange, after: Any) -> Iterator[Finding]:
    root = after if isinstance(after, dict) else {}
    found_jobs = root.get("jobs")
    jobs = found_jobs if isinstance(found_jobs, dict) else {}
    names = {name: str(job.get("name") or name) if isinstance(job, dict) else name for name, job in jobs.items()}
    parts = [f"on {_triggers(root.get('on', root.get('true')))}" if "on" in root else "", _permissions(root, jobs)]
    what = f"the jobs {several(names.values())}" if names else "commands"
    message = f"a new CI file would run {what} {' '.join(filter(None, parts))}"
    yield found("ci-workflow", message.strip(), path=file.path, key="added")


def _permissions(root: dict[Any, Any], jobs: dict[Any, Any]) -> str:
    """What the jobs' tokens may do; a job's own entry takes the place of the workflow's. Empty where nothing says."""
    own = [job["permissions"] for job in jobs.values() if isinstance(job, dict) and "permissions" in job]
    inherited = [root["permissions"]] if "permissions" in root and (len(own) < len(jobs) or not jobs) else []
    told = dict.fromkeys(shown(_said(each)) for each in (*inherited, *own))
    return f"with the permissions {' and '.join(told)}" if told else ""


def _triggers(value: Any) -> str:
    if isinstance(value, dict):
        return several(value)
    return several(value) if isinstance(value, list) else shown(value)


def _said(value: Any) -> str:
    if isinstance(value, dict | list):
        return "; ".join(f"{key}: {plain}" if key else str(plain) for key, plain in flat(value).items())
    return str(value)


def _differences(file: FileChange, before: Any, after: Any, text: str) -> Iterator[Finding]:
    old, new = flat(before), flat(after)
    gone = _heads(before) - _heads(after)
    for head in sorted(gone):
        yield found("ci-workflow", f"{_called(head)} would no longer run", path=file.path, key=head)
    for head in sorted(_heads(after) - _heads(before)):
        yield found("ci-workflow", f"{_called(head)} would be added", path=file.path, line=_line(text, head), key=head)
    skipped = tuple(f"{head}." for head in (_heads(before) ^ _heads(after)))
    for key in dict.fromkeys((*old, *new)):
        was, will = old.get(key), new.get(key)
        if (
            was == will
            or key.startswith(skipped)
            or _PROSE.fullmatch(key)
            or _PROSE.fullmatch(key.rpartition("]")[2][1:])
        ):
            continue
        message = _sentence(key, was, will)
        yield found("ci-workflow", message, path=file.path, line=_line(text, key), key=key)


def _heads(root: Any) -> set[str]:
    """Jobs, as ``jobs.test``."""
    jobs = root.get("jobs") if isinstance(root, dict) else None
    return {f"jobs.{name}" for name in jobs} if isinstance(jobs, dict) else set()


def _called(head: str) -> str:
    return f"job {shown(head.removeprefix('jobs.'))}"


def _sentence(key: str, was: Any, will: Any) -> str:
    name = key.rpartition(".")[2]
    before, after = (", ".join(one) if isinstance(one, tuple) else one for one in (was, will))
    if key.startswith(("on.", "true.")) or key in {"on", "true"}:
        start = f"what starts it changes: {shown(key)}"
    elif "permissions" in key:
        start = f"what its token may do changes: {shown(key)}"
    elif name == "continue-on-error":
        start = f"a failure may no longer count: {shown(key)}"
    elif name == "if":
        start = f"when it runs changes: {shown(key)}"
    else:
        start = shown(key)
    if will is None:
        return f"{start} would be gone; it says {value_of(key, before)}"
    return f"{start} would be {value_of(key, after)}" + (
        f" instead of {value_of(key, before)}" if was is not None else ""
    )


def _line(text: str, key: str) -> int | None:
    name = re.split(r"[.\[]", key.rstrip("]"))[-1]
    found_at = re.search(rf"(?m)^.*(?<![\w-]){re.escape(name)}(?![\w-])", text) if name else None
    return text.count("\n", 0, found_at.start()) + 1 if found_at else None
