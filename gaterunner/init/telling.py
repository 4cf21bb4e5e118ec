"""A proposal told in the terminal: what each gate will run, what was left out, what to do next. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaterunner.init.types import ROOT, Gate, LeftOut, Proposal
from gaterunner.output import clean

_WIDEST_NAME = 28


def told_proposal(proposal: Proposal) -> str:
    """What was found, every gate with its command and where that comes from, and what will not run."""
    lines = [f"Found: {_found(proposal)}", "", "Gates"]
    width = min(max(len(gate.name) for gate in proposal.gates), _WIDEST_NAME)
    for gate in proposal.gates:
        lines += [f"  {_one_line(gate.name):<{width}}  {_one_line(gate.command)}", f"  {'':<{width}}    {_why(gate)}"]
    later = [gate for part in proposal.parts for gate in part.later]
    if later:
        lines += ["", "Found as well, and written as comments: such gates mostly need services or a deployed system"]
        lines += [f"  {_one_line(gate.name)}  {_one_line(gate.command)}" for gate in later]
    lines += _left_out([*(each for part in proposal.parts for each in part.left_out), *proposal.left_out])
    if proposal.not_found:
        lines += ["", f"Nothing to run was found for: {', '.join(proposal.not_found)}"]
        lines += ["  declare a target or script of that name, or write the gate with a command of its own"]
    return "\n".join(lines) + "\n"


def told_next(proposal: Proposal, *, owners: tuple[str, tuple[str, ...]]) -> str:
    """What is left to do by hand, in its order."""
    file, lines = owners
    steps = [
        [
            "On a branch of its own, commit the files, then `gaterunner run`, or one after the other",
            "     `gaterunner run --gate NAME`: repair, or take out, what is red today.",
        ],
        ["Merge it. From then on the base holds the rules, and a branch cannot change what it is judged by."],
        ["Require the check `gaterunner` in the repository's ruleset; `gaterunner doctor` says what is missing."],
    ]
    if lines:
        steps.insert(1, [f"Let somebody own the rules, in {file}:", *(f"     {line}" for line in lines)])
    if proposal.steps:
        steps.insert(
            0, ["Look at the steps of the GitHub workflow: they set up what was found, and targets may need more."]
        )
    numbered = (
        f"  {number}. {step[0]}" + "".join(f"\n{line}" for line in step[1:]) for number, step in enumerate(steps, 1)
    )
    return "Next\n" + "\n".join(numbered) + "\n"


def _found(proposal: Proposal) -> str:
    told = []
    for part in proposal.parts:
        stacks = ", ".join(part.shown) or ("" if part.folder else "no stack of its own")
        if stacks and (part.gates or part.left_out or part.folder == ROOT):
            told.append(f"{stacks} in {_one_line(part.folder)}/" if part.folder else stacks)
    return "; ".join(told)


def _why(gate: Gate) -> str:
    where = f"in {gate.folder}/" + (" when touched: " if gate.paths else ": ") if gate.folder != ROOT else ""
    proof = f"; results in {gate.tests} are its evidence" if gate.tests else ""
    return _one_line(f"{where}{gate.why}{proof}")


def _left_out(told: Sequence[LeftOut]) -> Iterator[str]:
    if told:
        yield ""
        yield "Left out"
    for each in told:
        yield f"  {_one_line(each.name)}: {_one_line(each.why)}"


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())
