"""No value of a secret is in anything that gaterunner prints or writes, however it hides and whatever goes wrong."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import urllib.parse
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository
from tests.secrets.credentials import CREDENTIALS, fill

LAW = """\
workflow:
  gates:
    - unit: 'true'
  policies: [no-secret-changes, no-merge-to-main, forward-only-migrations, clean-main, change-budget]
"""
_PUBLISHED = ("aws_sample", "aws_sample_secret", "stripe_sample", "github_x", "github_counting", "sri")
VALUES = {name: value for name, value in CREDENTIALS.items() if name not in _PUBLISHED}


def encodings(value: str) -> Iterator[str]:
    """A value as it could be shown by somebody who does not think of it."""
    data = value.encode()
    yield value
    yield value[:24]
    yield value[-24:]
    yield data.hex()
    yield data.hex().upper()
    yield urllib.parse.quote(value)
    yield html.escape(value)
    yield json.dumps(value)[1:-1]
    yield repr(value)[1:-1]
    for shift in range(3):
        # The characters at both ends also say what stands beside the value.
        yield base64.b64encode(b" " * shift + data).decode().rstrip("=")[4:-4]


def shown_values(data: bytes) -> list[str]:
    """The names of all credentials that these bytes hold, as they are or encoded."""
    texts = [data.decode("utf-8", "replace"), data.replace(b"\0", b"").decode("utf-8", "replace")]
    return [
        name
        for name, value in VALUES.items()
        for shown in {*encodings(value)}
        if len(shown) >= 12 and any(shown in text for text in texts)
    ]


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(fill("{github_pat}/inner.txt"), data)
    return file.getvalue()


def every_value() -> bytes:
    rows = (f'{name}_password = "{value}"\n' for name, value in VALUES.items())
    return ("".join(rows) + "\n".join(VALUES.values())).encode()


@pytest.fixture
def hostile(repo: Repository) -> Repository:
    repo.commit("Law", {".gaterunner.yml": LAW, "db/migrations/0001_start.sql": "CREATE TABLE a (id int);\n"})
    repo.switch(fill("feat/{slack_bot}"), create=True)
    text = every_value()
    token = VALUES["github_pat"]
    repo.commit(
        fill("Add {stripe_live}"),
        {
            "plain.txt": text,
            "dos.txt": text.replace(b"\n", b"\r\n"),
            "wide.txt": text.decode().encode("utf-16"),
            "base64.txt": base64.encodebytes(text),
            "hex.txt": text.hex().encode(),
            "data.gz": gzip.compress(text),
            "data.zip": zipped(text),
            "cut.zip": zipped(text)[:-40],
            "cut.gz": gzip.compress(text)[:-9],
            "nested.txt": base64.b64encode(gzip.compress(base64.b64encode(text))),
            "large.log": b"a line of a log\n" * (1 << 20) + text,
            f"{token}.txt": "named\n",
            f"{token}/.env": "REGION=eu-central\n",
            f"db/migrations/{token}.sql": "DROP TABLE a;\n",
            ".env": fill("A={hex32}\nB={password}\nC={password_plain}\n"),
            "id_rsa": fill("{ssh_key}\n"),
            ".gitmodules": fill('[submodule "b"]\n\tpath = b\n\turl = https://u:{password_plain}@git.acme.io/b.git\n'),
            ".github/workflows/a.yml": fill("a: ${{ secrets['{github_pat}'] }}\nb: ${{ secrets.{npm} }}\n"),
            ".circleci/config.yml": fill("a:\n  context: {digitalocean}\n"),
            ".gaterunner.yml": fill("workflow:\n  gates: {unit: [{hex64}], '{anthropic}': 1}\n  policies: [{pypi}]\n"),
        },
    )
    (repo.root / "link").symlink_to(fill("/etc/{github_fine}"))
    (repo.root / "untracked.txt").write_bytes(text)
    repo.git("add", "link")
    repo.git("commit", "-q", "-m", "Link")
    return repo


FORMS = ("text", "json")


def judged(repo: Repository, *arguments: str, env: dict[str, str] | None = None) -> list[bytes]:
    """All that one command printed and wrote into reports and logs."""
    reports = repo.root.parent / "reports"
    reports.mkdir(exist_ok=True)
    ran = gaterunner(repo.root, *arguments, "--base", "main", "--report", str(reports / "report.json"), env=env)
    assert ran.code in (1, 2, 3), ran.err
    return [ran.out.encode(), ran.err.encode(), *files_below(reports), *files_below(repo.root / ".git" / "gaterunner")]


def files_below(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", ["check", "run"])
def test_of_a_branch_full_of_secrets_no_value_is_shown(hostile: Repository, command: str, form: str) -> None:
    told = judged(hostile, command, "--format", form)
    assert b"no-secret-changes" in b"".join(told)
    assert [shown_values(data) for data in told] == [[] for _ in told]


def test_what_is_committed_and_removed_again_is_not_shown_either(hostile: Repository) -> None:
    for path in ("plain.txt", ".env", "id_rsa", "data.gz"):
        (hostile.root / path).unlink()
    hostile.commit(fill("Remove {sendgrid}"))
    told = judged(hostile, "check")
    assert [shown_values(data) for data in told] == [[] for _ in told]


def test_the_actions_command_lines_show_no_value(hostile: Repository) -> None:
    summary = hostile.root.parent / "summary.md"
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary), "GATERUNNER_DEBUG": "1"}
    told = [*judged(hostile, "check", env=env), *([summary.read_bytes()] if summary.exists() else [])]
    assert [shown_values(data) for data in told] == [[] for _ in told]


def _errors(repo: Repository, ran: Ran, text: str) -> None:
    assert ran.code == 1 or text in ran.out + ran.err, ran.out + ran.err
    assert shown_values(ran.out.encode()) == []
    assert shown_values(ran.err.encode()) == []
    assert repo.root.exists()


def test_a_missing_object_shows_no_value(hostile: Repository) -> None:
    blob = hostile.git("rev-parse", "HEAD:plain.txt")
    (hostile.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    _errors(hostile, gaterunner(hostile.root, "check", "--base", "main"), "missing")


def test_an_object_with_another_content_shows_no_value(hostile: Repository) -> None:
    blob = hostile.git("rev-parse", "HEAD:plain.txt")
    other = hostile.git("rev-parse", "HEAD:dos.txt")
    path, source = (hostile.root / ".git" / "objects" / id[:2] / id[2:] for id in (blob, other))
    path.chmod(0o644)
    path.write_bytes(source.read_bytes())
    _errors(hostile, gaterunner(hostile.root, "check", "--base", "main"), "does not hold the content")


def test_an_engine_that_cannot_store_its_rules_shows_no_value(hostile: Repository, tmp_path: Path) -> None:
    env = {"KF_RULE_CACHE_DIR": str(tmp_path / "no" / "such")}
    _errors(hostile, gaterunner(hostile.root, "check", "--base", "main", env=env), "secret")


def test_the_branchs_own_law_shows_no_value_when_it_is_wrong(hostile: Repository) -> None:
    _errors(hostile, gaterunner(hostile.root, "validate"), ".gaterunner.yml")


def test_the_search_for_values_finds_them() -> None:
    assert "github_pat" in shown_values(CREDENTIALS["github_pat"].encode())
    assert "github_pat" in shown_values(base64.b64encode(f"x = {CREDENTIALS['github_pat']}\n".encode()))
    assert "password" in shown_values(CREDENTIALS["password"].encode("utf-16"))
