"""A credential in a wrapping that not every scanner opens."""

from __future__ import annotations

import io
import lzma
import tarfile

import pytest

from gaterunner.model import Outcome
from tests.command_line import gaterunner
from tests.gitrepo import Repository
from tests.secrets.credentials import fill

LAW = "workflow:\n  gates:\n    - unit: 'true'\n  policies: [no-secret-changes]\n"
LINE = fill('token = "{github_pat}"\n').encode()


def debian_package() -> bytes:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:xz") as archive:
        entry = tarfile.TarInfo("etc/app.conf")
        entry.size = len(LINE)
        archive.addfile(entry, io.BytesIO(LINE))
    members = [(b"debian-binary", b"2.0\n"), (b"data.tar.xz", inner.getvalue())]
    rows = (b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (name, 0, 0, 0, 0o100644, len(data)) + data for name, data in members)
    return b"!<arch>\n" + b"".join(row + b"\n" * (len(row) % 2) for row in rows)


@pytest.fixture
def branch(repo: Repository) -> Repository:
    repo.commit("Law", {".gaterunner.yml": LAW})
    repo.switch("feat/x", create=True)
    return repo


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lzma.compress(LINE, format=lzma.FORMAT_ALONE), id="lzma"),
        pytest.param(debian_package(), id="Debian package"),
    ],
)
def test_it_is_opened(branch: Repository, data: bytes) -> None:
    branch.commit("Add data", {"data.bin": data})

    policy = gaterunner(branch.root, "check", "--format", "json").policy("no-secret-changes")

    assert [finding.rule for finding in policy.findings] == ["secret/github-pat"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x1f\x9d\x90" + b"x" * 50, id="compress"),
        pytest.param(b"LZIP\x01" + b"x" * 50, id="lzip"),
        pytest.param(b"# v2 git bundle\n" + b"x" * 50, id="git bundle"),
        pytest.param(b"\xed\xab\xee\xdb" + b"x" * 50, id="RPM"),
        pytest.param(b"!<arch>\n" + b"x" * 70, id="damaged ar"),
    ],
)
def test_or_said_not_to_have_been(branch: Repository, data: bytes) -> None:
    branch.commit("Add data", {"data.bin": data})

    ran = gaterunner(branch.root, "check", "--format", "json")

    assert ran.code == 3
    assert ran.policy("no-secret-changes").outcome is Outcome.ERRORED
    assert ran.policy("no-secret-changes").reason == "data.bin could not be searched for secrets"
