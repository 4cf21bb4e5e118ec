"""The trade-offs of the article, put to the panel that ships."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from gaterunner.contract.reading import read_spec
from gaterunner.contract.types import Question
from gaterunner.governance.fitting import misfits
from gaterunner.governance.held import default_panel
from gaterunner.governance.types import Facts, Tally
from gaterunner.governance.voting import decide

SPEC = Path(__file__).resolve().parents[1] / "cases" / "panel" / "dashboard-hardening.md"
QUESTIONS = {question.id: question for question in read_spec(SPEC.read_bytes(), SPEC.name).questions}


def answer(name: str) -> Tally:
    return decide(default_panel(), QUESTIONS[name], Facts())


@pytest.mark.parametrize(
    ("question", "option"),
    [
        ("refactor-now-or-later", "harden-first"),
        ("where-to-filter", "database"),
        ("real-time", "clear-expectations"),
        ("what-first", "observability"),
        ("idempotency-key", "message-id"),
        ("query-contract", "one-contract"),
    ],
)
def test_the_panel_answers_as_the_articles_did(question: str, option: str) -> None:
    tally = answer(question)

    assert (tally.outcome, tally.option, tally.by) == ("decided", option, "vote")


def test_the_trade_off_is_a_real_one() -> None:
    """Observability wins over polish, against those who speak for what is seen and sold."""
    tally = answer("what-first")
    against = {ballot.role for ballot in tally.ballots if ballot.choices == ("polish",)}

    assert against == {"CRO", "Design", "Finance", "Product"}
    assert tally.votes_for == (("observability", Fraction(13)), ("polish", Fraction(5)))
    assert tally.explanation[-2:] == (
        "What spoke against `observability`: user-value (-0.19), delivery (-0.10), clarity (-0.07).",
        "`observability` is chosen by vote.",
    )


def test_all_of_them_fit_the_panel() -> None:
    assert misfits(default_panel(), QUESTIONS.values(), "spec.md") == ()


class TestAQuestionThatDoesNotFit:
    def told(self, text: str) -> list[str]:
        spec = SPEC.read_text().replace("criteria: [correctness, security, data-safety,", text)
        asked: list[Question] = list(read_spec(spec.encode(), "spec.md").questions)
        return [
            f"{problem.path}:{problem.line}:{problem.column}: {problem.message}"
            for problem in misfits(default_panel(), asked, "spec.md")
        ]

    def test_names_criteria_that_the_panel_does_not_have(self) -> None:
        assert self.told("criteria: [corectness,") == [
            (
                "spec.md:25:5: `criteria` of the question `where-to-filter`: the panel has no criterion `corectness`; "
                "did you mean `correctness`?"
            )
        ]

    def test_can_never_have_a_quorum(self) -> None:
        spec = SPEC.read_text().replace(
            "criteria: [correctness, security, data-safety, reliability, simplicity, cost, user-value]",
            "criteria: [cost]",
        )
        (problem,) = misfits(default_panel(), read_spec(spec.encode(), "spec.md").questions, "spec.md")
        assert problem.message == (
            "the question `where-to-filter` can never have a quorum: members with 3 of 18 votes weigh its criteria, "
            "and 2/3 of them are needed"
        )
        assert problem.line == 25

    def test_scores_what_nobody_knows(self) -> None:
        spec = SPEC.read_text().replace("correctness: 5, security: 4,", "correctness: 5, securty: 4,")
        spec = spec.replace("facts: {lines: 900}", "facts: {latency-ms: 900}")
        problems = misfits(default_panel(), read_spec(spec.encode(), "spec.md").questions, "spec.md")
        assert [problem.message for problem in problems] == [
            "`scores` of the option `harden-first`: the panel has no criterion `securty`; did you mean `security`?",
            "`facts` of the option `harden-first`: no criterion of the panel uses the fact `latency-ms`",
        ]
