"""Node: npm, pnpm, Yarn or Bun, with the lock file respected where there is one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.config.conventions.files import Files, table
from gaterunner.config.conventions.node_manager import node_manager
from gaterunner.init.actions import action
from gaterunner.init.types import Proof, Stack, Step

_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_VERSION_FILES = (".nvmrc", ".node-version", ".tool-versions")
_TEST_TOOL = re.compile(r"(?:npx (?:--no-install )?)?(vitest(?: run)?|jest|node --test)((?:\s+--?[\w=.-]+)*)")


def _shown(files: Files) -> str:
    return f"Node ({node_manager(files).name})"


def _proof(command: str, result: str, files: Files) -> Proof | None:
    """The tools that write JUnit by themselves, called directly or as a script that is nothing but their name."""
    direct = re.fullmatch(r"(?:\S+ (?:exec |run )?(?:--no-install )?)?(vitest run|jest|node --test)", command)
    if direct is not None and not re.search(r" run test\b", command):
        return _with(command, direct[1], "", result, files)
    manager = node_manager(files)
    script = re.fullmatch(rf"{manager.name} run ([\w:-]+)", command)
    scripts = table(files.json("package.json"), "scripts")
    text = scripts.get(script[1]) if script else None
    found = _TEST_TOOL.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    separator = " --" if manager.name == "npm" else ""
    return _with(f"{command}{separator}", found[1], found[2], result, files)


def _with(command: str, tool: str, options: str, result: str, files: Files) -> Proof | None:
    if "watch" in options or "reporter" in options:
        return None
    if tool == "node --test":
        # Both destinations are named, as a second reporter takes the first one's place otherwise. Node 20 and newer.
        folder = result.rpartition("/")[0]
        reporters = (
            f"--test-reporter=spec --test-reporter-destination=stdout"
            f" --test-reporter=junit --test-reporter-destination={result}"
        )
        return Proof(command=f"mkdir -p {folder} && {command} {reporters}", files=result)
    if tool.startswith("vitest"):
        once = "" if tool == "vitest run" else " --run"
        added = f"{once} --reporter=default --reporter=junit --outputFile.junit={result}"
        return Proof(command=f"{command}{added}", files=result)
    if any("jest-junit" in table(files.json("package.json"), group) for group in _DEPENDENCIES):
        added = "--ci --reporters=default --reporters=jest-junit"
        return Proof(command=f"JEST_JUNIT_OUTPUT_FILE={result} {command} {added}", files=result)
    return None


def _steps(files: Files, _commands: Sequence[str]) -> tuple[Step, ...]:
    manager = node_manager(files).name
    steps = [action("oven-sh/setup-bun")] if manager == "bun" else []
    if manager == "pnpm":
        steps.append(_pnpm(files))
    if manager != "bun":
        steps.append(_node(files))
    if manager == "yarn":
        steps.append(Step(name="Have Yarn", run="corepack enable"))
    if _has_dependencies(files):
        steps.append(Step(name="Install what the lock file says", run=_install(manager, files)))
    return tuple(steps)


def _pnpm(files: Files) -> Step:
    declared = files.json("package.json").get("packageManager")
    if isinstance(declared, str) and declared.startswith("pnpm@"):
        return action("pnpm/action-setup")  # takes the version from package.json, and refuses a second one
    return action("pnpm/action-setup", version="10")


def _node(files: Files) -> Step:
    # Without this, setup-node keeps a cache of packages as soon as package.json names a manager.
    cache = {"package_manager_cache": "false"}
    found = files.first(*_VERSION_FILES)
    if found:
        return action("actions/setup-node", node_version_file=found, **cache)
    if "node" in table(files.json("package.json"), "engines"):
        return action("actions/setup-node", node_version_file="package.json", **cache)
    return action("actions/setup-node", node_version="24", **cache)


def _has_dependencies(files: Files) -> bool:
    package = files.json("package.json")
    return any(table(package, group) for group in _DEPENDENCIES) or bool(_members(files))


def _install(manager: str, files: Files) -> str:
    if manager == "npm":
        return "npm ci" if files.first("package-lock.json", "npm-shrinkwrap.json") else "npm install"
    if manager == "yarn":
        return "yarn install --immutable" if files.has(".yarnrc.yml") else "yarn install --frozen-lockfile"
    return f"{manager} install --frozen-lockfile"


def _members(files: Files) -> tuple[str, ...]:
    """Folders of a workspace; its commands are the root's."""
    workspaces = files.json("package.json").get("workspaces")
    if isinstance(workspaces, dict):
        workspaces = workspaces.get("packages")
    listed = [str(each) for each in workspaces] if isinstance(workspaces, list) else []
    if files.has("pnpm-workspace.yaml"):
        listed += re.findall(
            r"""(?m)^[ \t]*-[ \t]*["']?([^"'\s#]+)["']?[ \t]*(?:#.*)?$""", files.text("pnpm-workspace.yaml")
        )
    return tuple(listed)


STACK = Stack(
    language="Node",
    manifests=("package.json",),
    gates=("build", "type-check", "lint", "format-check", "unit"),
    shown=_shown,
    proof=_proof,
    steps=_steps,
    members=_members,
)
