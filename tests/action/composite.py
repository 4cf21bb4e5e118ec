"""The steps of a composite action, executed one after the other as GitHub's runner does.

Each step gets files of its own for its outputs and variables, ``bash`` as the runner starts it, and the environment of
the job with what earlier steps added. actions/cache is played by a folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from tests.action.expressions import fill, holds
from tests.runner_step import FILE_COMMANDS, Step, StepRan, parse_outputs

# The runner's ScriptHandlerHelpers, for `shell: bash`.
_BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")


class Cache:
    """What actions/cache keeps, by key. ``saved`` and ``restored`` tell what happened, in order."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.saved: list[str] = []
        self.restored: list[str] = []

    def restore(self, path: Path, key: str) -> None:
        if (self.place / key).exists():
            shutil.copytree(self.place / key, path, symlinks=True, dirs_exist_ok=True)
            self.restored.append(key)

    def save(self, path: Path, key: str) -> None:
        assert path.is_dir(), f"there is nothing to save: {path}"
        if not (self.place / key).exists():  # a cache is never changed
            shutil.copytree(path, self.place / key, symlinks=True)
            self.saved.append(key)


class CompositeRan(Struct, frozen=True):
    """How the action ended: the exit code of the step that failed, all output, its outputs, what each step printed."""

    code: int
    out: str
    err: str
    outputs: dict[str, str]
    summary: str
    steps: dict[str, StepRan]


class Composite:
    """The composite action in ``folder``, used by the job that ``step`` is part of, with the inputs of ``step``."""

    def __init__(self, folder: Path, step: Step, cache: Cache) -> None:
        self.action: dict[str, Any] = yaml.safe_load((folder / "action.yml").read_text("utf-8"))
        self.step = step
        self.cache = cache
        self.env = {**step.env, "GITHUB_ACTION_PATH": str(folder)}
        self.ran: dict[str, StepRan] = {}
        self._told: list[StepRan] = []
        declared = {name: fill(spec.get("default", ""), self._contexts({})) for name, spec in self._inputs.items()}
        unknown = step.inputs.keys() - declared.keys()
        assert not unknown, f"inputs that the action does not declare: {unknown}"
        self.inputs = {**declared, **step.inputs}

    @property
    def _inputs(self) -> dict[str, Any]:
        inputs = self.action["inputs"]
        assert isinstance(inputs, dict)
        return inputs

    def run(self) -> CompositeRan:
        """Executes the steps to the end, or those that still run after one has failed."""
        code = 0
        for spec in self.action["runs"]["steps"]:
            contexts = self._contexts(self.inputs)
            if holds(spec.get("if"), contexts, failed=code != 0):
                code = self._execute(spec, contexts) or code
        contexts = self._contexts(self.inputs)
        return CompositeRan(
            code=code,
            out="".join(ran.out for ran in self._told),
            err="".join(ran.err for ran in self._told),
            outputs={name: fill(spec["value"], contexts) for name, spec in self.action["outputs"].items()},
            summary="".join(ran.summary for ran in self._told),
            steps=self.ran,
        )

    def _contexts(self, inputs: dict[str, str]) -> dict[str, Any]:
        return {
            "inputs": inputs,
            "github": {"token": self.step.inputs["token"]},
            "steps": {name: {"outputs": ran.outputs} for name, ran in self.ran.items()},
        }

    def _execute(self, spec: dict[str, Any], contexts: dict[str, Any]) -> int:
        if "uses" in spec:
            options = {name: fill(value, contexts) for name, value in spec["with"].items()}
            action = spec["uses"].partition("@")[0].rpartition("/")[2]
            {"restore": self.cache.restore, "save": self.cache.save}[action](Path(options["path"]), options["key"])
            return 0
        assert spec["shell"] == "bash"
        assert "${{" not in spec["run"], "an expression inside a script is executed as part of it"
        env = {name: fill(value, contexts) for name, value in spec.get("env", {}).items()}
        ran = self._shell(spec["run"], {**self.env, **env})
        self._told.append(ran)
        if "id" in spec:
            self.ran[spec["id"]] = ran
        self.env |= parse_outputs(ran.files["GITHUB_ENV"])
        return ran.code

    def _shell(self, script: str, env: dict[str, str]) -> StepRan:
        suffix = uuid.uuid4().hex
        self.step.files = {
            name: self.step.temp / "_runner_file_commands" / f"{file}_{suffix}" for name, file in FILE_COMMANDS.items()
        }
        self.step.lay_out()
        file = self.step.temp / f"{suffix}.sh"
        file.write_text(script, "utf-8")
        process = subprocess.Popen(
            [*_BASH, str(file)],
            cwd=self.step.checkout.root,
            env={
                **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
                **env,
                **{name: str(path) for name, path in self.step.files.items()},
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.started(process)
        return self.step.finish(process, timeout_s=240)

    def started(self, process: subprocess.Popen[bytes]) -> None:
        """Called with each step's process; a test may signal it."""
