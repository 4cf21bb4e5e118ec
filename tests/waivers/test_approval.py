"""An approval counts when somebody else with write access gave it to exactly this head."""

from __future__ import annotations

from typing import Any

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.model import Change, Event
from gaterunner.policies.forge import Authorship, Review
from gaterunner.waivers import Approval, find_approval
from gaterunner.waivers.approval import WaiveLine, waive_lines
from tests.waivers.samples import BASE, HEAD, OTHER, Reviewed, change, commit, review

QUEUE = f"gh-readonly-queue/main/pr-7-{BASE}"


def approval(forge: Reviewed, *, of: Change | None = None) -> Approval:
    found = find_approval(forge, 7, of or change())
    assert found is not None
    return found


def approvers(forge: Reviewed) -> list[str]:
    return [each.login for each in approval(forge).approvers]


def refusal(forge: Reviewed, *, of: Change | None = None) -> str:
    found = approval(forge, of=of)
    assert found.approvers == ()
    return "; ".join(found.refused)


class TestWhoCounts:
    def test_a_person_with_write_access_who_did_not_work_on_the_branch(self) -> None:
        found = approval(Reviewed(review("hopper", body="waive secret/private-key key.pem: a test key")))
        (approver,) = found.approvers
        assert (approver.login, approver.url) == ("hopper", "https://forge.invalid/hopper")
        assert approver.lines == (WaiveLine("secret/private-key", "key.pem", "a test key"),)
        assert (found.heads, found.refused, found.branch_logins) == ((HEAD,), (), ("agent",))

    def test_without_reviews_nobody(self) -> None:
        assert approval(Reviewed()) == Approval(heads=(HEAD,), branch_logins=("agent",))
        gone = Reviewed(author=None, wrote=())
        assert approval(gone) == Approval(heads=(HEAD,))

    @pytest.mark.parametrize("seen", [OTHER, BASE, HEAD[:12], HEAD.upper(), None])
    def test_not_for_another_commit(self, seen: str | None) -> None:
        told = refusal(Reviewed(review("hopper", commit=seen)))
        assert told.endswith(f", and the judged head is {HEAD[:12]}")

    def test_not_an_app(self) -> None:
        told = refusal(Reviewed(review("reviewer[bot]", is_person=False)))
        assert told == "reviewer[bot] is no person, so its approval does not count"

    def test_not_somebody_who_may_only_read(self) -> None:
        told = refusal(Reviewed(review("outsider")))
        assert told == "outsider may not write to the repository, so their approval does not count"

    def test_not_who_opened_the_pull_request(self) -> None:
        wrote = (Authorship(commit=HEAD, author="somebody", committer="somebody"),)
        told = refusal(Reviewed(review("Agent"), wrote=wrote))
        assert told == "Agent opened, wrote or committed to the branch, so their approval does not count"

    @pytest.mark.parametrize(("author", "committer"), [("Hopper", "web-flow"), ("agent", "hopper")])
    def test_not_who_wrote_or_committed_any_of_it(self, author: str, committer: str) -> None:
        wrote = (
            Authorship(commit=OTHER, author=author, committer=committer),
            Authorship(commit=HEAD, author="agent", committer="agent"),
        )
        assert "hopper opened, wrote or committed to the branch" in refusal(Reviewed(review("hopper"), wrote=wrote))

    def test_one_who_counts_is_enough_beside_others_who_do_not(self) -> None:
        forge = Reviewed(review("outsider"), review("hopper"), review("ci[bot]", is_person=False))
        assert approvers(forge) == ["hopper"]
        assert len(approval(forge).refused) == 2


class TestUnknownAuthors:
    @pytest.mark.parametrize(("author", "committer", "role"), [(None, "agent", "author"), ("agent", None, "committer")])
    def test_a_commit_of_no_account_could_be_the_reviewers(
        self, author: str | None, committer: str | None, role: str
    ) -> None:
        wrote = (Authorship(commit=HEAD, author=author, committer=committer),)
        told = refusal(Reviewed(review("hopper"), wrote=wrote))
        assert told.startswith(f"the {role} of commit {HEAD[:12]} belongs to no known account")
        assert told.endswith("add the commit's e-mail address to their account")

    def test_an_author_whose_account_is_gone(self) -> None:
        assert "the account that opened the pull request is gone" in refusal(Reviewed(review("hopper"), author=None))

    def test_a_branch_that_has_moved_on_tells_nothing_about_the_judged_head(self) -> None:
        # Whoever wrote the judged commit may have pushed others over it while the run was under way.
        wrote = (Authorship(commit=OTHER, author="agent", committer="agent"),)
        told = refusal(Reviewed(review("hopper"), wrote=wrote))
        assert told == f"the pull request no longer holds the judged head {HEAD[:12]}"

    def test_github_that_does_not_answer(self) -> None:
        told = refusal(Reviewed(review("hopper"), is_down=True))
        assert told == "who approved cannot be told: GitHub did not answer; try again"

    def test_edits_in_the_work_tree_were_seen_by_nobody(self) -> None:
        told = refusal(Reviewed(review("hopper")), of=change(dirty=True))
        assert told == "the work tree holds edits that nobody can have reviewed"

    def test_where_nobody_can_be_asked_there_is_no_approval(self) -> None:
        assert find_approval(None, 7, change()) is None
        assert find_approval(Reviewed(), None, change(event=Event.PUSH)) is None


def at(minute: int, author: str, state: str, **more: Any) -> Review:
    return review(author, state, id=minute, submitted=f"2026-01-15T12:{minute:02}:00Z", **more)


class TestTheLastWordCounts:
    @pytest.mark.parametrize(
        ("states", "counts"),
        [
            (["APPROVED", "COMMENTED"], True),
            (["CHANGES_REQUESTED", "APPROVED"], True),
            (["APPROVED", "DISMISSED"], False),
            (["APPROVED", "CHANGES_REQUESTED"], False),
            (["APPROVED", "CHANGES_REQUESTED", "COMMENTED"], False),
            (["COMMENTED"], False),
        ],
    )
    def test_of_one_person(self, *, states: list[str], counts: bool) -> None:
        said = [at(minute, "hopper", state) for minute, state in enumerate(states)]
        assert (approvers(Reviewed(*said)) == ["hopper"]) is counts
        assert (approvers(Reviewed(*reversed(said))) == ["hopper"]) is counts

    def test_an_older_approval_of_this_head_does_not_outlive_one_of_another(self) -> None:
        forge = Reviewed(at(1, "hopper", "APPROVED"), at(2, "Hopper", "APPROVED", commit=OTHER))
        assert approvers(forge) == []

    def test_a_colleagues_objection_stands_against_it(self) -> None:
        forge = Reviewed(at(1, "hopper", "APPROVED"), at(2, "lovelace", "CHANGES_REQUESTED", commit=OTHER))
        assert refusal(forge) == "lovelace asked for changes and has not taken that back, so no approval counts"

    def test_somebody_elses_objection_does_not(self) -> None:
        assert approvers(Reviewed(at(1, "hopper", "APPROVED"), at(2, "outsider", "CHANGES_REQUESTED"))) == ["hopper"]

    def test_an_objection_that_was_taken_back_does_not(self) -> None:
        said = (
            at(1, "lovelace", "CHANGES_REQUESTED"),
            at(2, "hopper", "APPROVED"),
            at(3, "lovelace", "DISMISSED"),
        )
        assert approvers(Reviewed(*said)) == ["hopper"]


class TestWaiveLines:
    @pytest.mark.parametrize(
        ("body", "line"),
        [
            ("waive secret/private-key: why", WaiveLine("secret/private-key", None, "why")),
            ("Looks good.\n\nWaive `a/b` `x y.py`:  because: yes \r\nBye", WaiveLine("a/b", "x y.py", "because: yes")),
            ("  waive a/b app/[slug]/page.tsx: why", WaiveLine("a/b", "app/[slug]/page.tsx", "why")),
            ("waive a/b c:d.py: why", WaiveLine("a/b", "c:d.py", "why")),
        ],
    )
    def test_a_line_names_a_rule_perhaps_a_file_and_why(self, body: str, line: WaiveLine) -> None:
        assert list(waive_lines(body)) == [line]

    @pytest.mark.parametrize(
        "body",
        [
            "waive secret/private-key",
            "waive secret/private-key:",
            "waive: everything",
            "waiver secret/private-key: why",
            "please waive secret/private-key: why",
            "> waive secret/private-key: why",
            "- waive secret/private-key: why",
            "    waive secret/private-key: why",
            "```\nwaive secret/private-key: why\n```",
            "~~~ text\nwaive secret/private-key: why",
        ],
    )
    def test_what_only_looks_like_one_is_none(self, body: str) -> None:
        assert list(waive_lines(body)) == []

    def test_lines_that_somebody_else_may_have_written_do_not_count(self) -> None:
        said = review("hopper", body="waive a/b: fine")
        (approver,) = approval(Reviewed(said, edited=frozenset({said.url}))).approvers
        assert (approver.login, approver.lines) == ("hopper", ())
        told = approval(Reviewed(said, edited=frozenset({said.url}))).refused
        assert told == ("hopper's review may have been edited by somebody else, so its lines do not count",)

    def test_nor_where_that_cannot_be_told(self) -> None:
        found = approval(Reviewed(review("hopper", body="waive a/b: fine"), edited=EvaluationError("no answer")))
        assert (found.approvers[0].lines, found.refused) == (
            (),
            ("whether somebody else edited reviews cannot be told, so their lines do not count: no answer",),
        )

    def test_without_lines_that_is_not_asked(self) -> None:
        assert approvers(Reviewed(review("hopper"), edited=EvaluationError("it was asked"))) == ["hopper"]

    def test_a_flood_of_lines_is_cut(self) -> None:
        assert len(list(waive_lines("waive a/b: c\n" * 10_000))) == 100


def queue(*entries: tuple[str, ...], head: str = OTHER, branch: str = QUEUE) -> Change:
    """A merge queue's commits, newest first, each as its id and its parents."""
    commits = tuple(commit(sha, *parents) for sha, *parents in entries)
    return change(event=Event.MERGE_GROUP, head=head, judged=head, merge=None, branch=branch, commits=commits)


class TestInAMergeQueue:
    SECOND = "9f" * 20
    THEIRS = "8e" * 20

    def test_the_approval_of_the_queued_pull_request_counts(self) -> None:
        found = find_approval(Reviewed(review("hopper")), None, queue((OTHER, BASE, HEAD), (HEAD, BASE)))
        assert found is not None
        assert (found.heads, [each.login for each in found.approvers]) == ((HEAD,), ["hopper"])

    def test_a_squashed_one_is_known_by_the_queues_branch(self) -> None:
        found = find_approval(Reviewed(review("hopper")), None, queue((OTHER, BASE)))
        assert found is not None
        assert [each.login for each in found.approvers] == ["hopper"]

    def test_every_pull_request_of_a_group_needs_its_own(self) -> None:
        group = queue(
            (self.SECOND, OTHER, self.THEIRS),
            (OTHER, BASE, HEAD),
            (HEAD, BASE),
            head=self.SECOND,
            branch=QUEUE.replace("pr-7", "pr-8"),
        )
        said = review("lovelace", commit=self.THEIRS, body="waive a/b: fine")
        both = find_approval(Reviewed(review("hopper"), others={self.THEIRS: (8, (said,))}), None, group)
        assert both is not None
        assert [each.login for each in both.approvers] == ["lovelace", "hopper"]
        assert all(each.lines == () for each in both.approvers)
        one = find_approval(Reviewed(review("hopper"), others={self.THEIRS: (8, ())}), None, group)
        assert one is not None
        assert (one.approvers, one.refused) == (
            (),
            (f"the queued head {self.THEIRS[:12]} has no approval that counts",),
        )

    @pytest.mark.parametrize(
        ("group", "message"),
        [
            (queue((SECOND, OTHER), (OTHER, BASE), head=SECOND), "the merge group holds 2 commits"),
            (queue((OTHER, BASE, THEIRS)), f"no pull request into main has the queued head {THEIRS[:12]}"),
            (queue((OTHER, BASE), branch="feat/pr-7"), "feat/pr-7 is no merge queue's branch"),
        ],
    )
    def test_a_group_whose_pull_requests_cannot_be_told_has_none(self, group: Change, message: str) -> None:
        found = find_approval(Reviewed(review("hopper")), None, group)
        assert found is not None
        assert (found.approvers, message in found.refused[0]) == ((), True)
