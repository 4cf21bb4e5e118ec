"""Contents that are searched as one text hold what each of them holds alone."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import yaml

from gaterunner.policies.context import SecretMatch
from gaterunner.secrets import joining
from gaterunner.secrets.engine import Engine
from tests.secrets.credentials import fill

CASES = Path(__file__).parents[1] / "cases" / "secrets"
# What a pattern could take for its own begin, and go on from into what follows.
BEFORE = (
    "nothing\n",
    'password = "',
    "secret_key: '",
    "curl --fail -u ",
    "-----BEG" + "IN RSA PRIVATE" + " KEY-----\n",
    "aws secret token api_key twitter github ",
    "https://name:",
    '{"user": {"token": [',
)
BEHIND = ("nothing\n", '"\n', "-----END" + " RSA PRIVATE" + " KEY-----\n", "example placeholder changeme\n", "}]}'\n")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def told(matches: tuple[SecretMatch, ...]) -> list[tuple[str, int, str]]:
    return [(match.rule, match.line, match.key) for match in matches]


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("behind", BEHIND)
def test_what_is_searched_with_it_hides_no_secret(engine: Engine, before: str, behind: str) -> None:
    for path, content, _ in yaml.safe_load((CASES / "secrets.yaml").read_text()):
        data = fill(content).encode()
        group = [("a.py", before.encode()), (path, data), ("b.py", behind.encode()), ("c.py", before.encode())]

        _, found, _, _ = engine.scan_group(group)

        assert told(found.matches) == told(engine.scan(path, data)), content


def test_neighbours_of_a_secret_stay_quiet(engine: Engine) -> None:
    secret = fill('TOKEN = "{github_pat}"\n').encode()

    found = engine.scan_group([("a.py", b"one\n"), ("b.py", secret), ("c.yml", b"two: 3\n"), ("d.py", b"four\n")])

    assert [len(each.matches) for each in found] == [0, 1, 0, 0]


def test_what_means_something_else_in_a_larger_text_is_searched_alone() -> None:
    packed = gzip.compress(b"text")

    assert joining.may_be_joined(b"text\n")
    assert not joining.may_be_joined("text\n".encode("utf-16"))
    assert not joining.may_be_joined(packed)
    assert not joining.may_be_joined("\u00e9\n".encode("latin-1"))
    assert not joining.may_be_joined(b"x" * (joining.TOGETHER + 1))


def test_groups_keep_order_and_bound() -> None:
    sizes = [10, joining.TOGETHER - 20, 30, joining.TOGETHER * 3, 5, 0, 7]
    contents = [(str(number), b"x" * size) for number, size in enumerate(sizes)]

    groups = list(joining.groups(contents))

    assert [[len(data) for _, data in group] for group in groups] == [sizes[:2], sizes[2:3], sizes[3:4], sizes[4:]]


def test_no_line_quote_or_bracket_goes_on_behind_the_separator() -> None:
    assert joining.SEPARATOR.startswith(b"\n")
    assert joining.SEPARATOR.endswith(b"\n")
    assert len(joining.SEPARATOR) > 100
    assert set(b"\"'`{}<>:;/\n") <= set(joining.SEPARATOR)
