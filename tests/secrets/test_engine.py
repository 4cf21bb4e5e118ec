"""What the engine adapter sees, and what it never lets out."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.secrets import anchors
from gaterunner.secrets.engine import ENCODED_RULES, Engine, engine_name
from gaterunner.secrets.reading import PartlyReadError
from tests.secrets.credentials import CREDENTIALS, fill

TOKEN = CREDENTIALS["github_pat"]
LINE = fill("token = '{github_pat}'\n").encode()


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def wrapped(data: bytes, columns: int) -> bytes:
    return b"\n".join(data[at : at + columns] for at in range(0, len(data), columns))


def dumped(data: bytes) -> bytes:
    rows = (f"{at:08x}: {data[at : at + 16].hex(' ', 2)}  ................" for at in range(0, len(data), 16))
    return "\n".join(rows).encode()


def zipped(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


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
        pytest.param(zlib.compress(LINE), id="zlib"),
        pytest.param(b"#!/bin/sh\ntail -n +3 $0 | gunzip\n" + gzip.compress(LINE), id="gzip behind a script"),
        pytest.param(wrapped(base64.b64encode(LINE * 3), 70), id="base64 in lines"),
        pytest.param(base64.b64encode(base64.b64encode(base64.b64encode(LINE))), id="base64 three times"),
        pytest.param(base64.b64encode(LINE.decode().encode("utf-16-le")), id="base64 of utf-16"),
        pytest.param(base64.b64encode(gzip.compress(LINE)), id="base64 of gzip"),
        pytest.param(base64.b64encode(zipped("a.txt", LINE)), id="base64 of zip"),
        pytest.param(gzip.compress(base64.b64encode(gzip.compress(LINE))), id="gzip of base64 of gzip"),
        pytest.param(base64.b32encode(LINE), id="base32"),
        pytest.param(LINE.hex().encode(), id="hex"),
        pytest.param(wrapped(LINE.hex().upper().encode(), 60), id="hex in lines"),
        pytest.param(LINE.hex(" ").encode(), id="hex in pairs"),
        pytest.param(LINE.hex().encode().hex().encode(), id="hex twice"),
        pytest.param(base64.b64encode(LINE).hex().encode(), id="hex of base64"),
        pytest.param(base64.b64encode(LINE.hex().encode()), id="base64 of hex"),
        pytest.param(gzip.compress(LINE).hex().encode(), id="hex of gzip"),
        pytest.param("".join(f"\\x{byte:02x}" for byte in LINE).encode(), id="hex escapes"),
        pytest.param("".join(f"\\u00{byte:02x}" for byte in LINE).encode(), id="unicode escapes"),
        pytest.param("".join(f"%{byte:02x}" for byte in LINE).encode(), id="percent signs"),
        pytest.param("".join(f"&#{byte};" for byte in LINE).encode(), id="html entities"),
        pytest.param("".join(f"\\{byte:03o}" for byte in LINE).encode(), id="octal escapes"),
        pytest.param(", ".join(f"0x{byte:02x}" for byte in LINE).encode(), id="an array in hex"),
        pytest.param(", ".join(map(str, LINE)).encode(), id="an array in decimal"),
        pytest.param(dumped(LINE), id="a dump"),
        pytest.param(b"begin 644 a\n" + binascii.b2a_uu(LINE[:45]) + binascii.b2a_uu(LINE[45:]), id="uuencode"),
        pytest.param(base64.a85encode(LINE, adobe=True), id="ascii85"),
        pytest.param(f'x = "{TOKEN[:12]}" + "{TOKEN[12:]}"'.encode(), id="two pieces"),
        pytest.param(f"x={TOKEN[:12]}\\\n{TOKEN[12:]}".encode(), id="two lines of a shell"),
        pytest.param(LINE.replace(b"\n", b"\r\n") * 2, id="line ends of Windows"),
    ],
)
def test_content_in_any_dress_is_read(engine: Engine, data: bytes) -> None:
    assert "github-pat" in rules(engine, data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(base64.b64encode(b"a password of 12 characters is a good password\n" * 20), id="base64"),
        pytest.param((b"the token and the secret of this story\n" * 20).hex().encode(), id="hex"),
        pytest.param(base64.b64encode(gzip.compress(b"nothing\n" * 20)), id="base64 of gzip"),
        pytest.param(b"7801" + b"ab" * 30, id="a hash that begins like zlib"),
        pytest.param(b"1f8b08" + b"00" * 29, id="a hash that begins like gzip"),
        pytest.param(b"\x78\x9c no zlib", id="what begins like zlib"),
        pytest.param(b"\0\0\x1f\x8b\x08\0 no gzip" * 9, id="what looks like gzip within"),
    ],
)
def test_harmless_content_in_any_dress_is_harmless(engine: Engine, data: bytes) -> None:
    assert rules(engine, data) == []


def test_encoded_text_is_told_by_the_line_on_which_it_begins(engine: Engine) -> None:
    (match,) = engine.scan("a.txt", b"one\ntwo\ndata: " + wrapped(base64.b64encode(LINE * 3), 60))
    assert (match.line, match.title) == (3, "github pat, encoded")


def test_the_rules_for_encoded_text_are_those_that_are_kept() -> None:
    assert ENCODED_RULES.read_text() == anchors.rules()


@pytest.mark.parametrize(
    "path", ["yarn.lock", "a/node_modules/x.js", "x.png", "x.svg", "go.sum", "x.min.js", "gitleaks.toml"]
)
def test_no_path_hides_content(engine: Engine, path: str) -> None:
    assert rules(engine, LINE, path) == ["github-pat"]


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
        pytest.param(gzip.compress(b"\0" * (70 << 20)), "it unpacks to more than 64 MiB or 10,000 contents", id="bomb"),
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
