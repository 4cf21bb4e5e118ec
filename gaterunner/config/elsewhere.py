"""Keys of neighbouring tools and of other maps, and the one that they mean in the map they were found in."""

from __future__ import annotations

from collections.abc import Collection

_NAMES: dict[str, tuple[str, ...]] = {
    # what a gate does
    "command": ("run",),
    "cmd": ("run",),
    "script": ("run",),
    "commands": ("run",),
    "environment": ("env", "database"),
    "variables": ("env",),
    "variable": ("env",),
    "working-directory": ("cwd",),
    "workdir": ("cwd",),
    "dir": ("cwd",),
    "directory": ("cwd",),
    "depends_on": ("needs",),
    "depends-on": ("needs",),
    "requires": ("needs",),
    "timeout-minutes": ("timeout",),
    "timeout_minutes": ("timeout",),
    "continue-on-error": ("advisory",),
    "allow_failure": ("advisory",),
    "changes": ("paths",),
    "sources": ("inputs",),
    "junit": ("tests",),
    "retry": ("retries",),
    "parallel": ("shards",),
    "parallelism": ("shards",),
    # where it runs
    "container": ("image",),
    "memory": ("resources",),
    "mem": ("memory", "resources"),
    "mem_limit": ("memory", "resources"),
    "cpu": ("cpus", "resources"),
    "cpus": ("resources",),
    "pids_limit": ("pids", "resources"),
    # services
    "ports": ("publish", "services"),
    "args": ("command",),
    "healthcheck": ("health",),
    "start_period": ("start",),
    "timeout": ("start",),
    # what results must show
    "min": ("minimum",),
    "threshold": ("minimum",),
    "diff": ("changed",),
    "patch": ("changed",),
    "feature-flags": ("flags",),
    # one map too high
    "pids": ("resources",),
    "read-only": ("resources",),
    "tmpfs": ("resources",),
    "files": ("tests",),
    "minimum": ("tests",),
    "baseline": ("tests",),
    "base-tests": ("tests",),
    "missing": ("tests",),
    "changed": ("coverage",),
    "port": ("services",),
    "publish": ("services",),
    "migrations": ("database",),
    # the workflow itself
    "jobs": ("gates",),
    "stages": ("gates",),
    "steps": ("gates",),
    "fail-fast": ("keep-going",),
    "fail_fast": ("keep-going",),
}


def meant_by(key: str, known: Collection[str]) -> str | None:
    """The one of ``known`` that a key out of its place most likely means; None when that cannot be told."""
    return next((name for name in _NAMES.get(key, ()) if name in known), None)
