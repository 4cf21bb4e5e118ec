"""The engine in a process of its own finds what the engine finds, and whatever becomes of it is an error."""

from __future__ import annotations

import gc
import io
import os
import signal
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.policies.context import Scanned, SecretMatch
from gaterunner.secrets import beside, serving
from gaterunner.secrets.beside import EngineBeside
from gaterunner.secrets.engine import Engine
from gaterunner.secrets.reading import PartlyReadError
from tests.secrets.credentials import fill

TOKEN_LINE = fill('TOKEN = "{github_pat}"\n').encode()


@pytest.fixture(scope="module")
def engine() -> EngineBeside:
    return EngineBeside()


def without_keys(matches: tuple[SecretMatch, ...]) -> list[tuple[str, str, int]]:
    return [(match.rule, match.title, match.line) for match in matches]


def running() -> set[int]:
    """The processes of engines that are children of ours."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"gaterunner.secrets.serving" in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
    return found


@pytest.fixture
def dying() -> tuple[EngineBeside, int]:
    """An engine that a test may kill, and its process."""
    before = running()
    engine = EngineBeside()
    engine.start()
    (pid,) = running() - before
    return engine, pid


def test_it_finds_what_the_engine_finds(engine: EngineBeside) -> None:
    text = b"first line\n" + TOKEN_LINE

    assert without_keys(engine.scan("a.py", text)) == without_keys(Engine().scan("a.py", text)) != []


def test_a_path_may_be_no_text(engine: EngineBeside) -> None:
    assert len(engine.scan(os.fsdecode(b"\xff\xfe.py"), TOKEN_LINE)) == 1


def test_many_contents_are_answered_in_their_order(engine: EngineBeside) -> None:
    contents = [("a.py", b"nothing\n" * number + (TOKEN_LINE if number % 3 == 0 else b"")) for number in range(500)]

    lines = [[match.line for match in scanned.matches] for scanned in engine.scan_each(contents)]

    assert lines == [[number + 1] if number % 3 == 0 else [] for number in range(500)]


def test_one_secret_has_one_key_whoever_asks(engine: EngineBeside) -> None:
    (alone,) = engine.scan("a.py", TOKEN_LINE)
    (of_many,) = next(engine.scan_each([("b.py", TOKEN_LINE)])).matches

    assert alone.key == of_many.key


def test_the_fingerprint_is_that_of_every_run(engine: EngineBeside) -> None:
    here = Engine()

    (there,) = engine.scan("a.py", TOKEN_LINE)

    assert engine.fingerprint(there) == here.fingerprint(*here.scan("a.py", TOKEN_LINE))


def test_a_stream_of_any_size_is_searched(engine: EngineBeside) -> None:
    text = b"nothing here\n" * 2_000_000 + TOKEN_LINE

    (match,) = engine.scan_stream("a.py", len(text), io.BytesIO(text))

    assert match.line == 2_000_001


def test_what_could_be_read_in_part_only_is_told(engine: EngineBeside) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.py", TOKEN_LINE)
    data = packed.getvalue()
    broken = data[:30] + b"\xff" * 8 + data[38:]

    with pytest.raises(PartlyReadError) as told:
        engine.scan("a.zip", broken)
    (scanned,) = engine.scan_each([("a.zip", broken)])

    assert told.value.message == scanned.problem != ""


def test_several_threads_may_ask_at_once(engine: EngineBeside) -> None:
    found: list[list[Scanned]] = []

    def ask() -> None:
        found.append(list(engine.scan_each([("a.py", b"x\n" * 1_000), ("b.py", TOKEN_LINE)] * 50)))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [[len(scanned.matches) for scanned in each] for each in found] == [[0, 1] * 50] * 4


def test_a_process_that_is_killed_is_an_error_for_all_that_is_asked(dying: tuple[EngineBeside, int]) -> None:
    engine, pid = dying

    def contents() -> Iterator[tuple[str, bytes]]:
        yield "a.py", TOKEN_LINE
        os.kill(pid, signal.SIGKILL)
        yield from [("b.py", b"x" * 1_000_000)] * 20

    with pytest.raises(EvaluationError, match="The process that searches for secrets ended before it had answered"):
        list(engine.scan_each(contents()))
    with pytest.raises(EvaluationError, match="ended before"):
        engine.scan("a.py", TOKEN_LINE)


def test_a_stopped_one_that_is_killed_keeps_nobody_waiting(dying: tuple[EngineBeside, int]) -> None:
    engine, pid = dying
    os.kill(pid, signal.SIGSTOP)
    killer = threading.Timer(0.2, os.kill, (pid, signal.SIGKILL))
    killer.start()

    with pytest.raises(EvaluationError, match="ended before"):
        list(engine.scan_each([("a.py", b"x" * 1_000_000)] * 20))
    killer.join()


def test_an_answer_that_nobody_understands_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_PROGRAM", "import os; os.write(1, b'+' + bytes([0, 0, 0, 1, 0xff])); os.read(0, 9)")

    with pytest.raises(EvaluationError, match="ended before"):
        EngineBeside().scan("a.py", b"text")


def test_a_program_that_cannot_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_PROGRAM", "raise SystemExit(3)")
    engine = EngineBeside()

    engine.start()

    with pytest.raises(EvaluationError, match="ended before"):
        engine.scan("a.py", b"text")


def test_an_engine_that_cannot_be_loaded_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text("rules: [{name: 1}]", encoding="utf-8")
    program = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); from gaterunner.secrets import engine"
    )
    monkeypatch.setattr(
        beside,
        "_PROGRAM",
        f"{program}; engine.RULES = Path({str(rules)!r}); from gaterunner.secrets.serving import main; main()",
    )

    with pytest.raises(EvaluationError, match="The secret engine cannot be loaded"):
        EngineBeside().scan("a.py", b"text")


def test_a_content_that_breaks_off_leaves_no_answer_to_anybody(dying: tuple[EngineBeside, int]) -> None:
    engine, _ = dying

    class Broken:
        def read(self, _size: int, /) -> bytes:
            raise EvaluationError("object 1 does not hold the content that its name stands for")

    with pytest.raises(EvaluationError, match="does not hold the content"):
        engine.scan_stream("a.py", 100, Broken())
    with pytest.raises(EvaluationError, match="ended before"):
        engine.scan("a.py", TOKEN_LINE)


def test_it_ends_with_the_object() -> None:
    before = running()
    engine = EngineBeside()
    engine.start()
    (pid,) = running() - before

    del engine
    gc.collect()

    assert pid not in running()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every process")
def test_nobody_of_the_same_user_can_look_into_it(dying: tuple[EngineBeside, int]) -> None:
    with pytest.raises(PermissionError):
        Path(f"/proc/{dying[1]}/environ").read_bytes()


def test_values_stay_where_they_are(engine: EngineBeside) -> None:
    (match,) = engine.scan("a.py", TOKEN_LINE)

    answer = serving.framed(serving.Answer((serving.Found(0, (match,)),)))

    assert TOKEN_LINE.split(b'"')[1] not in answer
