"""Thousands of random panels, each answered a second time from what docs/panel.md says, and nothing of ours.

Votes are counted in whole numbers: those of a member are multiplied by what any number of highest options divides.
"""

from __future__ import annotations

import random
from fractions import Fraction
from math import lcm

from gaterunner.contract.types import Option, Question
from gaterunner.governance.canonical import canonical_bytes, plain, plain_panel
from gaterunner.governance.reading import read_panel
from gaterunner.governance.types import Chair, Criterion, Facts, Panel, Tally
from gaterunner.governance.voting import decide
from tests.governance.panels import HERE

PANELS = 1_000
ROLES = ("Alpha", "Beta", "Delta", "Gamma", "Iota", "Kappa")
CRITERIA = ("cost", "risk", "speed", "truth")
OPTIONS = ("a", "b", "c", "d")
MEASURED = ("files", "lines")
SHARE = lcm(*range(1, len(OPTIONS) + 1))
Scores = dict[tuple[str, str], int]


def weights(random: random.Random) -> dict[str, int]:
    return {name: random.randint(1, 5) for name in CRITERIA if random.random() < 0.7} or {"cost": 1}


def panel_text(random: random.Random) -> list[list[str]]:
    """A panel's file as its parts: in each, the order of the lines is anybody's."""
    criteria = []
    for name in CRITERIA:
        fact = ""
        if random.random() < 0.4:
            bound = random.choice(["at-most", "at-least"])
            bounds = sorted(random.sample(range(1, 20), 3), reverse=bound == "at-least")
            scores = sorted(random.sample(range(6), 3), reverse=True)
            steps = ", ".join(f"{{{bound}: {b}, score: {s}}}" for b, s in zip(bounds, scores, strict=True))
            fact = f", fact: {random.choice(MEASURED)}, steps: [{steps}]"
        criteria.append(f"    - {{name: {name}, text: x{fact}}}")
    roles = ROLES[: random.randint(1, len(ROLES))]
    members = [
        f"    - {{role: {role}, votes: {random.randint(1, 3)}, weights: {weights(random)}}}".replace("'", "")
        for role in roles
    ]
    pairs = {(random.choice(roles), random.choice(CRITERIA)) for _ in range(random.randint(0, 2))}
    vetoes = [
        f"    - {{role: {role}, criterion: {name}, below: {random.randint(1, 3)}}}" for role, name in sorted(pairs)
    ]
    falls = ["escalate", "default", "chair"]
    no_majority = random.choice(falls)
    tie = "chair" if no_majority == "chair" else random.choice(falls)
    rest = [
        f"  quorum: {random.choice(['1/3', '1/2', '3/5', '2/3', '1/1'])}",
        f"  majority: {random.choice(['1/2', '3/5', '2/3', '3/4'])}",
        f"  chair: {{role: Strategy, weights: {weights(random)}}}".replace("'", ""),
        f"  fallbacks: {{tie: {tie}, no-majority: {no_majority}, no-quorum: {random.choice(falls)}}}",
    ]
    return [rest, criteria, members, vetoes]


def written(parts: list[list[str]]) -> bytes:
    rest, criteria, members, vetoes = parts
    lines = ["panel:", *rest, "  criteria:", *criteria, "  members:", *members]
    return "\n".join([*lines, *(["  vetoes:", *vetoes] if vetoes else []), ""]).encode()


def asked(random: random.Random) -> Question:
    options = tuple(
        Option(
            id=id,
            text=id,
            scores=tuple((name, random.randint(0, 5)) for name in CRITERIA if random.random() < 0.75),
            facts=tuple((name, Fraction(random.randint(0, 40), 2)) for name in MEASURED if random.random() < 0.4),
            position=HERE,
        )
        for id in OPTIONS[: random.randint(2, len(OPTIONS))]
    )
    some = tuple(random.sample(CRITERIA, random.randint(1, len(CRITERIA)))) if random.random() < 0.4 else ()
    default = random.choice([None, *(option.id for option in options)])
    return Question(id="q", text="?", options=options, criteria=some, default=default, position=HERE)


class ByHand:
    """One question, answered from the page about the panel."""

    def __init__(self, panel: Panel, question: Question, facts: Facts) -> None:
        self.panel, self.question = panel, question
        self.scores = self._scores(dict(facts.known))
        self.ids = [option.id for option in question.options]
        self.counting = set(question.criteria) or set(CRITERIA)
        self.out = {
            id
            for id in self.ids
            for veto in panel.vetoes
            if self.scores.get((id, veto.criterion), veto.below) < veto.below
        }
        self.left = sorted(id for id in self.ids if id not in self.out)
        self.usable = {name for name in self.counting if all((id, name) in self.scores for id in self.left)}
        self.cast = 0
        self.votes = dict.fromkeys(self.left, 0)
        for member in panel.members:
            highest = self._highest(dict(member.weights), self.left)
            self.cast += member.votes if highest else 0
            for id in highest:
                self.votes[id] += member.votes * SHARE // len(highest)

    def _scores(self, measured: dict[str, Fraction]) -> Scores:
        found: Scores = {}
        for option in self.question.options:
            values, declared = {**measured, **dict(option.facts)}, dict(option.scores)
            for criterion in self.panel.criteria:
                if criterion.name in declared:
                    found[option.id, criterion.name] = declared[criterion.name]
                elif criterion.fact in values:
                    found[option.id, criterion.name] = _of_steps(criterion, values[criterion.fact])
        return found

    def _highest(self, weighed: dict[str, int], options: list[str]) -> list[str]:
        mine = {name: weight for name, weight in weighed.items() if name in self.usable}
        if not mine or not options:
            return []
        sums = {id: sum(weight * self.scores[id, name] for name, weight in mine.items()) for id in options}
        return [id for id in options if sums[id] == max(sums.values())]

    def answer(self) -> tuple[str, str | None, str]:
        """Outcome, option and the rule that settled it."""
        for veto in self.panel.vetoes:
            blind = [id for id in self.left if (id, veto.criterion) not in self.scores]
            if veto.criterion in self.counting and blind:
                return "escalated", None, "veto-unknown: escalate"
        reason, candidates = self._obstacle()
        if not reason:
            return "decided", candidates[0], "vote"
        rule = getattr(self.panel.fallbacks, reason.replace("-", "_"))
        chair = self._highest(dict((self.panel.chair or Chair(role="", weights=())).weights), candidates)
        if rule == "chair" and len(chair) == 1:
            return "decided", chair[0], f"{reason}: chair"
        if rule != "escalate" and self.question.default in self.left:
            return "default", self.question.default, f"{reason}: default"
        return "escalated", None, f"{reason}: escalate"

    def _obstacle(self) -> tuple[str, list[str]]:
        """What keeps the vote from settling it, and who is left then; an empty word with the one that won."""
        quorum, majority = self.panel.quorum, self.panel.majority
        total = sum(member.votes for member in self.panel.members)
        if not self.left:
            return "all-vetoed", []
        if not self.cast or self.cast * quorum.denominator < quorum.numerator * total:
            return "no-quorum", self.left
        needed = majority.numerator * self.cast * SHARE
        won = [id for id in self.left if self.votes[id] * majority.denominator > needed]
        halves = [id for id in self.left if self.votes[id] * 2 == self.cast * SHARE]
        if won:
            return "", won
        is_tie = majority == Fraction(1, 2) and len(halves) == len(("one", "other"))
        return ("tie", halves) if is_tie else ("no-majority", self.left)


def _of_steps(criterion: Criterion, value: Fraction) -> int:
    for bound, score in criterion.steps:
        if (criterion.bound == "at-most" and value <= bound) or (criterion.bound == "at-least" and value >= bound):
            return score
    return 0


def shuffled(question: Question, random: random.Random) -> Question:
    options = [
        Option(
            id=option.id,
            text=option.text,
            scores=tuple(random.sample(option.scores, len(option.scores))),
            facts=tuple(random.sample(option.facts, len(option.facts))),
            position=HERE,
        )
        for option in random.sample(question.options, len(question.options))
    ]
    return Question(
        id=question.id,
        text=question.text,
        options=tuple(options),
        criteria=tuple(random.sample(question.criteria, len(question.criteria))),
        default=question.default,
        position=HERE,
    )


def all_of(tally: Tally) -> bytes:
    return canonical_bytes(plain(tally))


def test_any_panel_answers_as_its_page_says() -> None:
    chance = random.Random(20260131)  # noqa: S311 - chance, and no secret
    seen = set()
    for _ in range(PANELS):
        parts, question = panel_text(chance), asked(chance)
        facts = Facts(known=tuple((name, Fraction(chance.randint(0, 40), 2)) for name in MEASURED))
        panel = read_panel(written(parts), "panel.yml")
        tally, by_hand = decide(panel, question, facts), ByHand(panel, question, facts)

        assert (tally.outcome, tally.option, tally.by) == by_hand.answer()
        assert tally.votes_cast == by_hand.cast
        assert {id: votes * SHARE for id, votes in tally.votes_for} == by_hand.votes
        seen.add(tally.by.partition(":")[0])

        again = read_panel(written([chance.sample(part, len(part)) for part in parts]), "panel.yml")
        assert (again.sha256, plain_panel(again)) == (panel.sha256, plain_panel(panel))
        assert all_of(decide(again, shuffled(question, chance), facts)) == all_of(tally)
    assert {"vote", "veto-unknown", "no-quorum", "no-majority", "tie", "all-vetoed"} == seen
