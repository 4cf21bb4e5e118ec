"""What a branch can write into a guarded file to cost time, memory or the process itself."""

from __future__ import annotations

import time

import pytest

from gaterunner.guardrails.commands import commands
from gaterunner.guardrails.definitions import makefile
from gaterunner.guardrails.definitions.others import noxfile
from gaterunner.guardrails.settings import compare_settings
from gaterunner.guardrails.sides import Unread
from gaterunner.guardrails.startup import compare_conftest
from gaterunner.model import FileChange

SIZE = 200_000
MOST_S = 10.0  # far above what it takes, far below what quadratic time would


def change(path: str) -> FileChange:
    return FileChange(
        path=path,
        status="M",
        old_mode="100644",
        new_mode="100644",
        old_blob="a" * 40,
        new_blob="b" * 40,
        insertions=1,
        deletions=1,
    )


@pytest.mark.parametrize(
    ("path", "piece"),
    [
        ("pom.xml", "<dependencies>"),
        ("eslint.config.js", "/*"),
        ("tsconfig.json", "/*"),
        ("tsconfig.json", '"\\"'),
        ("Rakefile", "\n=begin"),
        (".golangci.yml", "- "),  # nested so deeply that libyaml would end the process
        (".prettierrc.json", '{"a":'),
        ("ruff.toml", "a = [["),
    ],
)
def test_settings_are_compared_in_linear_time(path: str, piece: str) -> None:
    data = (piece * (SIZE // len(piece))).encode()
    began = time.monotonic()
    findings = [*compare_settings(change(path), b"", data)]
    assert all(finding.approvable for finding in findings)
    assert time.monotonic() - began < MOST_S


def test_aliases_are_not_multiplied_out() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 12))
    (finding,) = compare_settings(change(".golangci.yml"), b"a: 1\n", f"l0: &l0 [x]\n{levels}".encode())
    assert finding.message.startswith("holds too much to be compared")


@pytest.mark.parametrize("piece", ["ifdef x\n", "a:\\\n", "a := $(a)\n", "$(a ", "define x\n", "a: b; c\n"])
def test_makefiles_are_read_in_linear_time(piece: str) -> None:
    began = time.monotonic()
    makefile.read("Makefile", piece * (SIZE // len(piece)), lambda _path: None, lambda _pattern: [])
    assert time.monotonic() - began < MOST_S


@pytest.mark.parametrize("piece", ['"', "'\"", "$(", "`", 'bash -c "', "timeout "])
def test_commands_are_cut_in_linear_time(piece: str) -> None:
    began = time.monotonic()
    list(commands(piece * (SIZE // len(piece))))
    assert time.monotonic() - began < MOST_S


@pytest.mark.parametrize(
    "code", ["x = a" + " + a" * 2500, "def pytest_configure(config):\n    return a" + " + a" * 2500]
)
def test_code_that_is_too_deep_to_be_written_down_again_is_a_finding(code: str) -> None:
    hook = f"{code}\npytest_plugins = a{' + a' * 2500}\n"
    (finding,) = compare_conftest(change("conftest.py"), b"", hook.encode())
    assert finding.message.startswith("cannot be read as Python")
    with pytest.raises(Unread):
        noxfile("noxfile.py", code + "\n")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("from tests.support import *", "from tests.support import *"),
        ("(pytest_runtest_makereport, _) = (report, 1)", "pytest_runtest_makereport"),
        ("from tests.support import report as pytest_runtest_makereport", "pytest_runtest_makereport"),
    ],
)
def test_hooks_are_found_by_whatever_names_them(line: str, name: str) -> None:
    (finding,) = compare_conftest(change("conftest.py"), b"", f"{line}\n".encode())
    assert f"`{name}` would be added" in finding.message


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ('import sys\nsetattr(sys.modules[__name__], "pytest_" + "x", print)', "setattr()"),
        ('globals()["pytest_" + "x"] = print', "globals()"),
        ('exec(open("hooks.txt").read())', "exec()"),
        ("import os\nos._exit(0)", "os._exit()"),
        ("from os import _exit as done\ndone(0)", "from os import"),
        ("import atexit, os\natexit.register(print)", "atexit.register()"),
        ("import _pytest.runner\n_pytest.runner.call_and_report = print", "_pytest.runner.call_and_report ="),
        ("from unittest import TestCase as T\nT.run = print", "T.run ="),
        ('import pytest\n@pytest.hookimpl(specname="pytest_runtest_call")\ndef quiet(item):\n    pass', "quiet"),
    ],
)
def test_what_acts_like_a_hook_without_its_name_is_one(code: str, name: str) -> None:
    (finding, *_) = compare_conftest(change("conftest.py"), b"", f"{code}\n".encode())
    assert f"`{name}` would be added" in finding.message


@pytest.mark.parametrize(
    "code",
    [
        "import os, sys\nsys.path.insert(0, 'src')\nos.environ['DJANGO_SETTINGS_MODULE'] = 'app.test_settings'",
        "import pytest\n@pytest.fixture\ndef user(monkeypatch):\n    monkeypatch.setattr('a.now', int)\n    yield 1",
        "def make(kind, **values):\n    one = kind()\n    for key in values:\n        setattr(one, key, values[key])",
        "from app import settings\nsettings.DEBUG = True",
    ],
)
def test_ordinary_set_up_is_quiet(code: str) -> None:
    assert [*compare_conftest(change("conftest.py"), b"", f"{code}\n".encode())] == []
