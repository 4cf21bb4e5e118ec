"""What the spec asks of tests besides the objectives: that enough are new, and that none is gone undeclared. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from gaterunner.contract.evidence import Seen, declared_name
from gaterunner.contract.findings import about, found
from gaterunner.contract.held import Held
from gaterunner.contract.removable import Removable, roots_of
from gaterunner.contract.test_names import ToldTests, is_within
from gaterunner.contract.types import Spec
from gaterunner.gates.baseline import EXECUTED
from gaterunner.model import Finding, GateResult

if TYPE_CHECKING:
    from gaterunner.policies.context import PolicyContext
    from gaterunner.weakening.tests_of_change import TestsOfChange

_UNDECLARED = "Bring it back, or have the spec on the target branch declare it under `tests: may-remove`."
# What the comparison of a gate with the base says (``gates/baseline.py``).
_HOW = {"test-gone": "is gone from the results", "test-newly-skipped": "is skipped now"}


class Duties(Struct, frozen=True, kw_only=True):
    """``findings``; ``added`` counts new tests in the code, ``ran`` those of them that ran and passed."""

    findings: tuple[Finding, ...] = ()
    added: int = 0
    ran: int = 0
    removed: int = 0


def judge_duties(held: Held, spec: Spec, context: PolicyContext, seen: Seen) -> Duties:
    """Raises ``EvaluationError`` when a file of tests cannot be had."""
    from gaterunner.weakening.compare import tests_between

    tests = tests_between(context.change.files, context.repository, context.change.judged)
    removed = tuple(_removed(spec, context, tests))
    ran = _ran(tests, seen, roots_of(context.workflow))
    added = len(tests.added)
    findings = (*removed, *_new(held, spec, added, None if seen.is_empty else ran))
    return Duties(findings=findings, added=added, ran=ran, removed=len(tests.removed))


def _ran(tests: TestsOfChange, seen: Seen, roots: Mapping[str, str]) -> int:
    """How many of the new tests ran and passed; ``roots`` are the folders that gates run in, by their names."""
    if not tests.added:
        return 0
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for id, gate in seen.passed():
        ids[roots.get(gate, ".")].append(id)
    passed = {root: ToldTests(told) for root, told in ids.items()}
    return sum(any(told.hold(path, test, root=root) for root, told in passed.items()) for path, test in tests.added)


def _new(held: Held, spec: Spec, added: int, ran: int | None) -> Iterator[Finding]:
    """Too few in the code is wrong whatever ran; ``ran`` is None where no gate was executed."""
    wanted, at = spec.tests.add, spec.place("tests", "add", 0)
    if added < wanted:
        adds = f"{added} new test{'' if added == 1 else 's'}" if added else "no test"
        message = f"the change adds {adds}, and the spec asks for at least {wanted}"
        help = "Write them; a test that was moved or got more parameters is no new one."
        yield about(held, "too-few-tests", message, help, key="", at=at)
    elif ran is not None and ran < wanted:
        message = f"{ran} of {added} new tests ran and passed, and the spec asks for at least {wanted}"
        help = "Have a gate with `tests:` run the files that they are in."
        yield about(held, "new-tests-unproven", message, help, key="", at=at)


def _removed(spec: Spec, context: PolicyContext, tests: TestsOfChange) -> Iterator[Finding]:
    """What the code shows, then what only results show; the same test is told once."""
    allowed = Removable(spec, context.workflow)
    told: defaultdict[str, set[str]] = defaultdict(set)
    for path, name in tests.removed:
        for id in allowed.ids(path, name):
            told[id].add(path)
        if not allowed.in_code(path, name):
            what = f"the test file {path} is gone" if name is None else f"the test `{name}` of {path} is gone"
            yield _gone(what, path, key=f"{path}\0{name or ''}")
    for gate in context.gates or ():
        for finding in gate.findings:
            if finding.rule in _HOW:
                root = allowed.roots.get(declared_name(gate), ".")
                here = {id for id, paths in told.items() if any(is_within(path, root) for path in paths)}
                yield from _gone_from_results(finding, gate, allowed, here)


def _gone_from_results(
    finding: Finding, gate: GateResult, allowed: Removable, told: Collection[str]
) -> Iterator[Finding]:
    id, mark, _ = finding.message.rpartition(f": {EXECUTED}")
    if not mark:  # how many more there are than a gate names: among them may be any
        message = f"further tests of the gate `{gate.name}`, which it does not name, are not there: {finding.message}"
        help = "Remove fewer at once, so that each can be told; or have somebody else look and approve."
        yield found("test-removed", message, help, key=f"{gate.name}\0{finding.rule}", approvable=True)
    elif id.partition("[")[0] not in told and not allowed.in_results(id, declared_name(gate)):
        yield _gone(f"the test `{id}` of the gate `{gate.name}` {_HOW[finding.rule]}", None, key=f"{gate.name}\0{id}")


def _gone(what: str, path: str | None, key: str) -> Finding:
    message = f"{what}, and the spec does not declare that it may be removed"
    return found("test-removed", message, _UNDECLARED, key=key, path=path)
