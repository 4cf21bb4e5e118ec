"""Steps of the job: in a folder, of task runners, and those of all parts as one list. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from gaterunner.init.types import ROOT, Step

# Both are on PyPI, and pipx is on every runner of GitHub's.
_RUNNERS = {"just": "rust-just", "task": "go-task-bin"}


def tool_steps(commands: Sequence[str]) -> Iterator[Step]:
    """Steps for the task runners that the commands begin with."""
    for program, package in _RUNNERS.items():
        if any(command.startswith(f"{program} ") for command in commands):
            yield Step(name=f"Have {program}", run=f"pipx install {package}")


def step_in(step: Step, folder: str) -> Step:
    """The step as one of a folder: commands run there, and files that inputs name lie there."""
    if folder == ROOT:
        return step
    if step.run:
        return replace(step, folder=folder)
    inputs = [(key, f"{folder}/{value}" if key.endswith("-file") else value) for key, value in step.inputs]
    if "ruby/setup-ruby@" in step.uses:
        inputs.append(("working-directory", folder))
    if "pnpm/action-setup@" in step.uses and not step.inputs:
        inputs.append(("package_json_file", f"{folder}/package.json"))
    return replace(step, inputs=tuple(inputs))


def merged(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps without repetitions. A toolchain is set up once, as the first part wants it; bundles are per folder."""
    kept: list[Step] = []
    actions: set[str] = set()
    for step in steps:
        once = step.uses if step.uses and not _is_for_a_folder(step) else ""
        if step in kept or (once and once in actions):
            continue
        actions.add(once)
        kept.append(step)
    return tuple(kept)


def _is_for_a_folder(step: Step) -> bool:
    return any(key == "working-directory" for key, _ in step.inputs)
