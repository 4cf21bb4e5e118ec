"""One side of a case as a pull request on a GitHub of this machine, judged by the action in a step of a runner."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.fake_github import FakeGitHub, Pull, Reviewed
from tests.gitrepo import Repository
from tests.hostile.case_file import GitHub, Side, fill
from tests.hostile.corpus import read_report
from tests.hostile.outputs import Ran
from tests.hostile.staging import BRANCH, Staged
from tests.runner_step import PULL, REPOSITORY, PullRequest, Step, StepRan

_FORK = "visitor/example"
_TIMEOUT_S = 120


def run_hosted(side: Side, staged: Staged, folder: Path, environment: Mapping[str, str]) -> Ran:
    """Opens the pull request, runs the step in a checkout of GitHub's merge, and gathers all that can be read of it."""
    github = side.github or GitHub()
    pull = _opened(staged.repository, folder)
    report = folder / "report.json"
    with FakeGitHub.running() as fake:
        _tell(fake, github, staged, pull)
        step = pull.step(event=github.event).on(fake, writes=not github.fork)
        step.env |= environment
        step.inputs |= {"report": str(report), **{name: fill(value) for name, value in github.inputs.items()}}
        if github.fork:
            _fork(step)
        ran = step.finish(step.start(), timeout_s=_TIMEOUT_S)
        runs = fake.repository(REPOSITORY).checks_of(pull.head)
        faults = fake.take_violations()
    return Ran(
        code=ran.code,
        out=ran.out,
        err=ran.err,
        report=read_report(report),
        pages=(*_files(ran), *(page for run in runs for page in _pages(run.title, run.summary, run.text))),
        commands=tuple(ran.commands),
        check=runs[0].conclusion if runs else "none",
        faults=tuple(faults),
    )


def _opened(repository: Repository, folder: Path) -> PullRequest:
    """The staged repository as GitHub's copy, with the test merge of main and branch."""
    for name in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        repository.git("config", name, "true")
    base, head = repository.git("rev-parse", "main"), repository.git("rev-parse", BRANCH)
    repository.git("checkout", "-q", "--detach", "main")
    merge = repository.merge(BRANCH, f"Merge {BRANCH} into main")
    repository.git("update-ref", f"refs/pull/{PULL}/merge", merge)
    return PullRequest(repository, base, head, merge, folder, branch=BRANCH)


def _tell(fake: FakeGitHub, github: GitHub, staged: Staged, pull: PullRequest) -> None:
    repository = fake.repository(REPOSITORY)
    repository.push(pull.base)
    repository.report(pull.base, "ci", "success")
    repository.permissions |= {github.author: "write", **github.permissions}
    rows = pull.remote.git("log", "--format=%H %ae %ce", f"main..{BRANCH}").splitlines()
    commits = [row.split(" ") for row in reversed(rows)]
    wrote = {sha: tuple(github.wrote.get(each, github.author) for each in people) for sha, *people in commits}
    opened = repository.open_pull(
        Pull(
            number=PULL,
            head=pull.head,
            head_ref=BRANCH,
            base=pull.base,
            commits=tuple(sha for sha, *_ in commits if sha != pull.head),
            author=github.author,
            auto_merge_by=github.auto_merge_by,
            wrote={sha: (author, committer) for sha, (author, committer) in wrote.items()},
        )
    )
    opened.reviews += [
        Reviewed(
            each.author,
            state=each.state,
            commit=staged.placed(each.commit) if each.commit else pull.head,
            body=staged.placed(each.body),
            kind=each.kind,
            editors=each.editors,
        )
        for each in github.reviews
    ]


def _fork(step: Step) -> None:
    assert isinstance(step.event, dict)
    step.event["pull_request"]["head"]["repo"] = {"full_name": _FORK, "default_branch": "main", "fork": True}


def _files(ran: StepRan) -> Iterator[tuple[str, str]]:
    yield "the job's summary", ran.summary
    yield "the outputs", ran.files["GITHUB_OUTPUT"]
    yield "what later steps get", json.dumps([ran.files[name] for name in ("GITHUB_ENV", "GITHUB_PATH")])


def _pages(title: str | None, summary: str | None, text: str | None) -> Iterator[tuple[str, str]]:
    yield "the check's title", title or ""
    yield "the check's summary", summary or ""
    yield "the check's text", text or ""
