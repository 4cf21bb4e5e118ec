"""Whatever bytes the file holds, and whatever entries and findings meet: nothing else is let through."""

from __future__ import annotations

import contextlib
import string
import time

from hypothesis import given
from hypothesis import strategies as st

from gaterunner.errors import WorkflowFileError
from gaterunner.model import Outcome
from gaterunner.waivers import Ledger, read_waivers
from gaterunner.waivers.approval import waive_lines
from tests.waivers.samples import BLOB, HEAD, OTHER, TODAY, change, failed, file, finding, waiver

RULES = st.sampled_from(["a/b", "a/c", "a/more", "a", "*", "a/*", ""])
PATHS = st.sampled_from([None, "key.pem", "gone.py", "other", "*", "", "key.pem/"])
CONTENTS = st.sampled_from([BLOB, HEAD, OTHER, "0" * 40])
PRINTS = st.sampled_from([None, "a" * 32, "b" * 32])
ENTRIES = st.builds(
    lambda rule, path, content, fingerprint: waiver(rule=rule, path=path, content=content, fingerprint=fingerprint),
    RULES,
    PATHS,
    CONTENTS,
    PRINTS,
)
FINDINGS = st.builds(lambda rule, path, fingerprint: finding(rule, path, fingerprint=fingerprint), RULES, PATHS, PRINTS)


@given(st.binary(max_size=200) | st.text(alphabet=string.printable, max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(WorkflowFileError):
        read_waivers(b"waivers:\n  - " + data)


@given(st.text(max_size=500))
def test_any_review_can_be_read(body: str) -> None:
    assert all(line.rule and line.reason for line in waive_lines(body))


@given(st.lists(ENTRIES, max_size=6), st.lists(FINDINGS, max_size=6))
def test_a_finding_is_waived_only_by_an_entry_for_its_rule_place_and_content(entries: list, findings: list) -> None:  # type: ignore[type-arg]  # lists of what the strategies build
    result = Ledger(entries, change(), None, TODAY).waive(failed(*findings))
    for each in result.findings:
        exact = [
            entry
            for entry in entries
            if (entry.rule, entry.content) == (each.rule, each.content)
            and entry.path in (None, each.path)
            and entry.fingerprint in (None, each.fingerprint)
        ]
        assert not each.waived_by or exact
        assert not each.waived_by or each.rule in ("a/b", "a/c", "a")
    assert result.outcome in (Outcome.FAILED, Outcome.WAIVED)
    assert (result.outcome is Outcome.WAIVED) == (
        bool(result.findings) and all(each.waived_by for each in result.findings)
    )


def test_a_thousand_entries_and_a_large_change_take_no_time_to_speak_of() -> None:
    files = tuple(file(f"src/{number}.py") for number in range(100_000))
    entries = [waiver(path=f"src/{number}.py", rule="waiver/expired") for number in range(1_000)]
    began = time.monotonic()
    book = Ledger(entries, change(files=files), None, TODAY)
    for _ in range(10):
        book.waive(failed(*(finding(path=f"src/{number}.py", rule="waiver/unused") for number in range(100))))
    assert len(book.result().findings) == 100
    assert time.monotonic() - began < 5
