"""SARIF: files with any text are valid, and no text is a link, a placeholder or another file's address."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from hypothesis import given, settings

from gaterunner.model import Report
from gaterunner.reporters import sarif_text
from gaterunner.reporters.escape_path import escape_path
from tests.escaping.hostile import reports, texts
from tests.reporters.test_sarif import run_of


@settings(deadline=None, max_examples=50)
@given(reports())
def test_every_file_is_valid_and_says_no_more_than_words(report: Report) -> None:
    run = run_of(report)

    # Four findings of a gate, five more of policies, one without findings, one problem; alike ones are one finding.
    assert 5 <= len(run["results"]) <= 13
    for result in run["results"]:
        assert "](" not in result["message"]["text"]
        assert not re.search(r"(?<!\{)\{\d+\}", result["message"]["text"])
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert not urlsplit(uri).scheme
        assert not urlsplit(uri).netloc
        assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri)


@settings(deadline=None)
@given(texts)
def test_a_message_is_visible_text(text: str) -> None:
    shown = sarif_text.message(text)

    assert shown
    assert len(shown) <= sarif_text.LONGEST_MESSAGE + 100
    assert all(line.isprintable() for line in shown.split("\n"))


@settings(deadline=None)
@given(texts)
def test_an_address_leads_back_to_its_path_or_nowhere(text: str) -> None:
    uri = sarif_text.relative_uri(text)

    if uri is None:
        assert {"", ".", ".."} & set(text.split("/"))
    else:
        assert unquote(uri) == escape_path(text)
