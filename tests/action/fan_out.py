"""The jobs of fan-out.yml, executed one after the other: each on a machine of its own, with a checkout of its own.

Expressions, conditions and outputs are taken from the file. actions/checkout, the cache and the artifacts are played;
`$/.` is the action, run as the runner would.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct
from msgspec.structs import replace

from tests.action.expressions import fill, holds, value_of
from tests.fake_github import FakeGitHub, Pull
from tests.runner_step import REPOSITORY, PullRequest, Step, StepRan

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / ".github" / "workflows" / "fan-out.yml"
DECLARED = yaml.safe_load(FILE.read_text("utf-8"))


class JobRan(Struct, frozen=True):
    """One job: ``result`` as other jobs see it, its outputs, and how the step with gaterunner in it went."""

    name: str
    result: str
    outputs: dict[str, str]
    ran: StepRan | None


class Ran(Struct, frozen=True):
    """The whole call: the jobs in the order they ran, and the workflow's own outputs."""

    jobs: list[JobRan]
    outputs: dict[str, str]

    def job(self, name: str) -> JobRan:
        return next(job for job in self.jobs if job.name == name)

    @property
    def parts(self) -> list[JobRan]:
        return [job for job in self.jobs if job.name not in ("Plan", "Collect")]


class FanOut:
    """A call of the workflow for one pull request, or for its merge into main once it is ``pushed``.

    ``before`` is called with the step of the job that it names, before gaterunner runs in it. ``caches`` may be handed
    from call to call.
    """

    def __init__(self, pull: PullRequest, fake: FakeGitHub, *, pushed: bool = False, **inputs: Any) -> None:
        self.pull = pull
        self.fake = fake
        self.pushed = pushed
        self.caches: dict[str, Path] = {}
        merged = {"merged": True, "merge_commit": pull.merge} if pushed else {"base": pull.base}
        fake.repository(REPOSITORY).open_pull(Pull(number=7, head=pull.head, **merged))
        if pushed:
            fake.repository(REPOSITORY).push(pull.merge)
        declared = DECLARED[True]["workflow_call"]["inputs"]  # YAML 1.1 reads the key `on` as true
        assert inputs.keys() <= declared.keys()
        self.inputs = {name: spec["default"] for name, spec in declared.items()} | inputs
        self.artifacts: dict[str, Path] = {}
        self.before: dict[str, Callable[[Step], None]] = {}
        self.done: list[JobRan] = []

    def run(self) -> Ran:
        needs: dict[str, Any] = {}
        for job, spec in DECLARED["jobs"].items():
            wanted = [spec["needs"]] if isinstance(spec.get("needs"), str) else spec.get("needs", [])
            seen = {name: needs[name] for name in wanted}
            failed = any(each["result"] != "success" for each in seen.values())
            contexts = {"inputs": self.inputs, "needs": seen}
            if not holds(spec.get("if"), contexts, failed=failed):
                needs[job] = {"result": "skipped", "outputs": {}}
                continue
            rows: list[dict[str, str]] = [{}]
            if "strategy" in spec:
                rows = value_of(spec["strategy"]["matrix"], contexts)["include"]
                assert spec["strategy"]["fail-fast"] is False
            ran = [self._job(job, spec, contexts | {"matrix": row}, index) for index, row in enumerate(rows)]
            self.done += ran
            worst = "failure" if any(each.result == "failure" for each in ran) else "success"
            needs[job] = {"result": worst, "outputs": ran[-1].outputs}
        contexts = {"jobs": needs}
        declared = DECLARED[True]["workflow_call"]["outputs"]
        return Ran(self.done, {name: fill(spec["value"], contexts) for name, spec in declared.items()})

    def _job(self, job: str, spec: Mapping[str, Any], contexts: dict[str, Any], index: int) -> JobRan:
        step = self._step(f"{job}-{index}").on(self.fake, writes="checks" in spec["permissions"])
        step.env["GITHUB_JOB"] = job
        contexts |= {
            "github": {
                "token": step.inputs["token"],
                "event_name": step.env["GITHUB_EVENT_NAME"],
                "event": step.event,
                "ref_name": step.env["GITHUB_REF_NAME"],
                "run_id": len(self.caches) + 1,
                "run_attempt": 1,
            },
            "runner": {"temp": str(step.temp)},
            "strategy": {"job-index": index},
            "steps": {},
        }
        name = fill(spec["name"], contexts)
        failed, ran = False, None
        for each in spec["steps"]:
            if not holds(each.get("if"), contexts, failed=failed):
                continue
            options = {key: fill(str(value), contexts) for key, value in each.get("with", {}).items()}
            action = each["uses"].partition("@")[0]
            if action == "$/.":
                if job in self.before:
                    self.before[job](step)
                step.inputs = {"token": step.inputs["token"]} | {
                    key: value.lower() if value in ("True", "False") else value for key, value in options.items()
                }
                ran = step.run()
                failed = failed or ran.code != 0
                contexts["steps"][each["id"]] = {"outputs": ran.outputs}
            elif action == "actions/upload-artifact":
                self._upload(step, options)
            elif action == "actions/download-artifact":
                self._download(options)
            elif action == "actions/cache/restore":
                kept = [key for key in self.caches if key.startswith(options["restore-keys"])]
                if kept:
                    shutil.copytree(self.caches[kept[-1]], options["path"])
            elif action == "actions/cache/save":
                self.caches[options["key"]] = Path(options["path"])
            else:
                assert action == "actions/checkout"
                assert options == {"fetch-depth": "0", "persist-credentials": "False"}
        outputs = {key: fill(value, contexts) for key, value in spec.get("outputs", {}).items()}
        return JobRan(name, "failure" if failed else "success", outputs, ran)

    def _step(self, machine: str) -> Step:
        pull = replace(self.pull, place=self.pull.place / f"call-{id(self)}" / machine)
        return pull.pushed(pull.merge, before=pull.base) if self.pushed else pull.step()

    def _upload(self, step: Step, options: Mapping[str, str]) -> None:
        path = step.checkout.root / options["path"]
        assert path.exists() or options["if-no-files-found"] == "ignore"
        assert not set(options["name"]) & set('":<>|*?\r\n\\/'), "GitHub refuses such a name"
        assert options["name"] not in self.artifacts
        self.artifacts[options["name"]] = path

    def _download(self, options: Mapping[str, str]) -> None:
        """As download-artifact has it: a folder for each, but none where there is only one, or all are merged."""
        found = {name: path for name, path in self.artifacts.items() if Path(name).match(options["pattern"])}
        for name, path in found.items():
            apart = len(found) > 1 and options.get("merge-multiple") is None
            folder = Path(options["path"]) / name if apart else Path(options["path"])
            folder.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                # Without hidden files, which upload-artifact leaves out.
                shutil.copytree(path, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
            else:
                shutil.copy(path, folder)
