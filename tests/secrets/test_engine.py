"""What the engine adapter sees, and what it never lets out."""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.secrets.engine import Engine, engine_name
from gaterunner.secrets.reading import PartlyReadError
from tests.secrets.credentials import CREDENTIALS, fill

TOKEN = CREDENTIALS["github_pat"]
LINE = fill("token = '{github_pat}'\n").encode()


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def rules(engine: Engine, data: bytes, path: str = "a.txt") -> list[str]:
    return [match.rule for match in engine.scan(path, data)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(LINE.decode().encode("utf-16"), id="utf-16"),
        pytest.param(LINE.decode().encode("utf-16-le"), id="utf-16 without a mark"),
        pytest.param(LINE.decode().encode("utf-32"), id="utf-32"),
        pytest.param(base64.b64encode(LINE), id="base64"),
        pytest.param(base64.b64encode(base64.b64encode(LINE)), id="base64 twice"),
        pytest.param(b"\0\1\2\xff" * 500 + LINE + b"\0", id="binary"),
        pytest.param(b"a" * 3_000_000 + b" " + LINE, id="one long line"),
        pytest.param(b"some words of text\n" * 700_000 + LINE, id="13 MB of text"),
        pytest.param(LINE.replace(b"\n", b"  # gitleaks:allow kingfisher:ignore\n"), id="ignore markers"),
        pytest.param(gzip.compress(LINE), id="gzip"),
        pytest.param(gzip.compress(gzip.compress(LINE)), id="gzip twice"),
    ],
)
def test_content_in_any_dress_is_read(engine: Engine, data: bytes) -> None:
    assert "github-pat" in rules(engine, data)


@pytest.mark.parametrize(
    "path", ["yarn.lock", "a/node_modules/x.js", "x.png", "x.svg", "go.sum", "x.min.js", "gitleaks.toml"]
)
def test_no_path_hides_content(engine: Engine, path: str) -> None:
    assert rules(engine, LINE, path) == ["github-pat"]


def zipped(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


def tarred(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(zipped("a.txt", LINE), id="zip"),
        pytest.param(zipped("../../a.txt", LINE), id="a member with an unsafe name"),
        pytest.param(zipped("inner.zip", zipped("a.txt", LINE)), id="zip in zip"),
        pytest.param(b"#!/usr/bin/env python\n" + zipped("a.txt", LINE), id="zip behind a script line"),
        pytest.param(tarred("x/a.txt", LINE), id="tar.gz"),
    ],
)
def test_archives_are_opened_whatever_they_are_called(engine: Engine, data: bytes) -> None:
    (match,) = engine.scan("picture.jpg", data)
    assert (match.rule, match.line, match.title) == ("github-pat", 1, "github pat, inside an archive")


def encrypted() -> bytes:
    # The flag in the local and in the central header is all that makes a reader ask for a password.
    data = bytearray(zipped("a.txt", LINE))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def deep(levels: int) -> bytes:
    data = LINE
    for _ in range(levels):
        data = gzip.compress(data)
    return data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(encrypted(), "a file in the archive is encrypted", id="encrypted"),
        pytest.param(zipped("a.txt", LINE * 50)[:-30], "the archive is damaged (BadZipFile)", id="cut zip"),
        pytest.param(gzip.compress(LINE * 100)[:-10], "the archive is damaged (EOFError)", id="cut gzip"),
        pytest.param(
            gzip.compress(b"\0" * (70 << 20)), "it unpacks to more than 64 MiB or 10,000 contents", id="bomb"
        ),
        pytest.param(b"7z\xbc\xaf\x27\x1c" + b"x" * 50, "7-Zip archives cannot be opened", id="7-Zip"),
        pytest.param(deep(9), "archives and encodings are nested deeper than 8", id="deep"),
    ],
)
def test_what_cannot_be_opened_is_said(engine: Engine, data: bytes, reason: str) -> None:
    with pytest.raises(PartlyReadError) as caught:
        engine.scan("a.bin", data)
    assert caught.value.message == reason


def test_a_partly_read_content_still_tells_what_was_found(engine: Engine) -> None:
    with pytest.raises(PartlyReadError) as caught:
        engine.scan("a.bin", b"7z\xbc\xaf\x27\x1c" + LINE)
    assert [match.rule for match in caught.value.matches] == ["github-pat"]


def test_a_file_that_is_only_called_an_archive_is_plain_content(engine: Engine) -> None:
    assert rules(engine, b"not a zip", "a.zip") == []


def test_one_secret_of_a_content_is_one_match_at_its_first_line(engine: Engine) -> None:
    (match,) = engine.scan("a.py", b"\n\n" + LINE * 5)
    assert match.line == 3


def test_the_telling_rule_wins_over_the_guessing_one(engine: Engine) -> None:
    assert rules(engine, fill('api_key = "{stripe_live}"').encode()) == ["stripe-access-token"]


def test_ignore_markers_are_matches_of_their_own(engine: Engine) -> None:
    once = engine.scan("a.py", b"x = 1  # gitleaks:allow\n")
    twice = engine.scan("a.py", b"x = 1  # gitleaks:allow\ny = 2  # gitleaks:allow\n")
    assert [match.rule for match in twice] == ["ignore-marker", "ignore-marker"]
    assert {match.key for match in once} < {match.key for match in twice}


def test_keys_compare_within_one_engine_only(engine: Engine) -> None:
    (here,), (there,) = engine.scan("a.py", LINE), engine.scan("b.js", b"var a = " + LINE)
    assert here.key == there.key
    assert Engine().scan("a.py", LINE)[0].key != here.key


def test_fingerprints_stay_the_same_between_engines(engine: Engine) -> None:
    other = Engine()
    assert engine.fingerprint(engine.scan("a.py", LINE)[0]) == other.fingerprint(other.scan("b.py", b"\n" + LINE)[0])


def test_no_value_leaves_the_engine(engine: Engine) -> None:
    matches = engine.scan("a.py", LINE + fill("{rsa_key}").encode())
    told = repr((matches, engine, [engine.fingerprint(match) for match in matches]))
    assert len(matches) == 2
    assert TOKEN not in told
    assert TOKEN[4:12] not in told


def test_a_failing_engine_is_an_error_without_content(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def scan_input(self, source: object, timeout: float) -> None:
            raise RuntimeError(f"cannot match {TOKEN}")

    broken = Engine()
    monkeypatch.setitem(broken.__dict__, "scanner", Broken())
    with pytest.raises(EvaluationError) as caught:
        broken.scan("a.py", LINE)
    assert str(caught.value) == "The secret engine failed (RuntimeError)."
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_warming_leaves_compiled_rules_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "rules"
    cache.mkdir(mode=0o700)
    monkeypatch.setenv("KF_RULE_CACHE_DIR", str(cache))
    assert Engine.warm() == "stored"
    assert any(cache.iterdir())
    assert Engine.warm() == "loaded"


@pytest.mark.parametrize(
    ("path", "name"),
    [("src/a.py", "content"), ("x/values.YAML", "content.YAML"), ("a/.git-credentials", "content/.git-credentials")],
)
def test_the_engine_sees_only_what_of_a_path_its_rules_ask_for(path: str, name: str) -> None:
    assert engine_name(path) == name
