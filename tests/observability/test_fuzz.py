"""Whatever a branch writes: every file is read, in bounded time, and what is found lies in it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaterunner.model import Hunk
from gaterunner.observability.hits import may_log, may_write, may_write_in
from gaterunner.observability.languages import read_outputs
from tests.observability.written import written_by

PATHS = st.sampled_from(["a.py", "a.js", "a.tsx", "a.go", "a.rb", "a.java"])
WORDS = st.sampled_from(
    [
        *("print", "puts", "p ", "console.log", "logger.info", "log", ".", "(", ")", "{", "}", "[", "]", ",", "+", "%"),
        *('"', "'", "`", "${", "#{", '"""', "f'", "<<~TEXT\n", "TEXT\n", "%w[", "//", "#", "/*", "*/", "\\", "\n", " "),
        *("System.out.println", "fmt.Println", "def f():\n", "func", "static void main(", "\r", "\u2028", "\0", "é"),
        *("=begin\n", "=end\n", "if __name__ == '__main__':\n", "import click\n", "$stdout.puts", ".format(", "Msgf"),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=60).map("".join))


@given(PATHS, TEXTS)
@settings(deadline=None, max_examples=300)
def test_what_is_found_lies_in_the_file(path: str, text: str) -> None:
    lines = text.count("\n") + 1

    for one in read_outputs(path, text):
        assert 1 <= one.line <= one.end <= lines
        assert one.call
        data = text.encode("utf-8", "replace")
        assert may_write(path, data)
        assert one.kind == "print" or path == "a.py" or may_log(path, data)
        assert all(may_write_in(path, data, [Hunk(0, 0, line, 1)]) for line in range(one.line, one.end + 1))


@given(PATHS, TEXTS, TEXTS)
@settings(deadline=None, max_examples=100)
def test_every_change_is_judged(path: str, old: str, new: str) -> None:
    found = written_by({path: old}, {path: new})

    assert len({one.fingerprint for one in found}) == len(found)
    assert written_by({path: new}, {path: new}) == ()


@pytest.mark.parametrize("path", ["a.py", "a.js", "a.go", "a.rb", "a.java"])
@pytest.mark.parametrize(
    "piece",
    [
        '"#{" ',
        '"\\"',
        "%w[ ",
        "$stdout.puts ",
        "logger.info(",
        'logger.info("a"+',
        "console.log(",
        "<<AA\n",
        "`${",
        "({[",
    ],
)
def test_what_is_never_closed_takes_no_longer(path: str, piece: str) -> None:
    line = piece * (1900 // len(piece)) + "\n"
    started = time.process_time()
    read_outputs(path, line * 20)

    assert time.process_time() - started < 10  # a fraction of a second; quadratic in 38,000 characters takes minutes
