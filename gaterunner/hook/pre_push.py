"""The hook at work: judges what is being pushed and tells git whether to go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import NoReturn

import click
from msgspec.structs import replace

from gaterunner.errors import EXIT_ERROR, EXIT_FAIL, EXIT_PASS, EXIT_PENDING, EvaluationError, UsageError
from gaterunner.git import Repository
from gaterunner.hook.letting import awaits_only_an_approval
from gaterunner.hook.pushed import Judgement, judgements, read_pushed
from gaterunner.judged_tree import refuse_dirty
from gaterunner.launch import judge, note, show, telemetry_by_hand
from gaterunner.model import Change, Mode, Report
from gaterunner.pipeline import Judging, Options, Surroundings, report_of
from gaterunner.reporters.terminal_text import clean
from gaterunner.verdict import exit_code

# Wrong use and an interruption stay what they are in shadow mode, too (decision 2).
_VERDICTS = (EXIT_FAIL, EXIT_ERROR, EXIT_PENDING)
_NO_BRANCH = "is not a branch: the change has no branch name"


def pre_push(
    lines: Iterable[str], *, folder: Path, remote: str, environment: Mapping[str, str], policies_only: bool
) -> int:
    """Judges every commit that git is about to push, and returns 0 only when all of it may be pushed: what passed,
    what lacks nothing but an approval, for which it has to be on GitHub, and in shadow mode whatever the verdict is.

    ``lines`` are those that git gives to the hook. Variables that git sets for its hooks (GIT_DIR, GIT_INDEX_FILE …)
    reach neither git nor gates: both get environments of their own. Raises ``GaterunnerError``.
    """
    pushed = read_pushed(lines)
    if not pushed and "PRE_COMMIT_TO_REF" in environment:
        _refuse_within_pre_commit()
    with Repository.open(folder, env=environment) as repository:
        _refuse_another(repository, folder, environment)
        found = judgements(repository, pushed, remote=remote, policies_only=policies_only)
    for sentence in found.notes:
        note(clean(sentence))
    codes = [_judged(each, folder) for each in found.of]
    return max(codes, default=EXIT_PASS)


def _refuse_within_pre_commit() -> NoReturn:
    """pre-commit reads what git names, and tells the hooks of its settings of one ref, however many are pushed."""
    raise UsageError(
        "called from .pre-commit-config.yaml, where only one of the refs that git pushes is known",
        help="take it out there, and let pre-commit run the hook before its own: pre-commit uninstall -t pre-push && "
        "gaterunner hook install && pre-commit install -t pre-push",
    )


def _refuse_another(repository: Repository, folder: Path, environment: Mapping[str, str]) -> None:
    """With ``--git-dir`` git pushes from another repository than the one that the work tree belongs to."""
    named = environment.get("GIT_DIR")
    if named and (folder / named).resolve() not in (repository.git_dir.resolve(), repository.layout.common_dir):
        raise UsageError(
            f"git pushes from {named}, and {repository.root} belongs to {repository.git_dir}",
            help="push from a checkout of that repository, without --git-dir and GIT_DIR",
        )


def _judged(judgement: Judgement, folder: Path) -> int:
    options = Options(folder=folder, scope=judgement.scope, head=judgement.head)
    with telemetry_by_hand() as telemetry:
        report = judge(options, partial(_report, judgement=judgement), telemetry)
        show(report)
    name = clean(f"{judgement.name} ({judgement.commit[:12]})")
    code = exit_code(report)
    if code == EXIT_PASS:
        click.echo(f"gaterunner: {name} may be pushed")
    elif red := awaits_only_an_approval(report):
        click.echo(f"gaterunner: {name} may be pushed; its pull request needs an approval for {', '.join(red)}")
    elif report.mode is Mode.SHADOW and code in _VERDICTS:
        click.echo(f"gaterunner: {name} may be pushed, as the mode is shadow; the verdict is {report.verdict}")
    else:
        click.echo(f"gaterunner: push of {name} refused")
        return code
    return EXIT_PASS


def _report(options: Options, surroundings: Surroundings, judgement: Judgement) -> Report:
    return report_of(_Pushing(options, surroundings, judgement), surroundings)


class _Pushing(Judging):
    """A run by hand that judges under the name a branch gets on the remote."""

    def __init__(self, options: Options, surroundings: Surroundings, judgement: Judgement) -> None:
        super().__init__(options, surroundings)
        self._judgement = judgement

    def determine_change(self, repository: Repository) -> Change:
        change = super().determine_change(repository)
        if change.head != self._judgement.commit:
            # A gate that ran for another name of the commit may have moved the branch.
            raise EvaluationError(
                f"{self._judgement.name} would be {self._judgement.commit[:12]}, and {self._judgement.head} is at "
                f"{change.head[:12]} by now",
                help="push again; see which gate commits, or moves branches",
            )
        branch = self._judgement.branch
        if branch is not None:
            notes = tuple(each for each in change.notes if not each.endswith(_NO_BRANCH))
            change = replace(change, branch=branch, notes=notes)
            self.results = replace(self.results, change=change)
        return change

    def check_work_tree(self, repository: Repository, change: Change) -> None:
        refuse_dirty(
            repository,
            change,
            unseen="the gates would not see what is pushed",
            help="commit them, or put them aside (git stash -u) and push again; "
            "gaterunner hook install --check judges policies only, which needs no clean work tree",
        )
