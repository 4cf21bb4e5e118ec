"""The decision log in the work tree: reading it as it lies, and adding an entry to its end."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from gaterunner.config.types import DECISIONS_PATH
from gaterunner.errors import EvaluationError, UsageError
from gaterunner.executors.identity import owner_of
from gaterunner.governance.asking import Answer
from gaterunner.governance.canonical import plain_question
from gaterunner.governance.chain import MAX_BYTES, MAX_ENTRIES, Log, Logged, read_log
from gaterunner.governance.entries import Entry, encode, hash_of, make_body
from gaterunner.logs import write_as_owner


class Recorded(Struct, frozen=True, kw_only=True):
    """An entry of the log; ``is_new`` is False for one that said the same before."""

    entry: Entry
    is_new: bool


def append(answer: Answer, root: Path, genesis: str, now: datetime | None = None) -> Recorded:
    """Adds an answer to the log of the work tree at ``root``, unless its last word on the question says the same.

    ``genesis`` is what the log's first entry follows. Raises ``UsageError`` when the log is not whole, as an entry at
    its end would give it a sound look, and ``EvaluationError`` when it cannot be read or written.
    """
    with _alone(root):
        data = read_file(root / DECISIONS_PATH) or b""
        log = read_log(data, genesis)
        if log.faults:
            first = log.faults[0]
            raise UsageError(
                f"{DECISIONS_PATH}{f', line {first.line}' if first.line else ''}: {first.message}",
                help=f"restore it from the target branch: git checkout <target> -- {DECISIONS_PATH}",
            )
        known = _last_word(log, answer)
        if known is not None:
            return Recorded(entry=known.entry, is_new=False)
        entry = _entry(answer, log, now or datetime.now(UTC))
        grown = data + encode(entry) + b"\n"
        if len(grown) > MAX_BYTES or len(log.entries) >= MAX_ENTRIES:
            raise EvaluationError(
                f"{DECISIONS_PATH} is full: it holds at most {MAX_ENTRIES:,} entries and {MAX_BYTES:,} bytes",
                help="begin a new one in a change of its own, while `truncated` of the policy `decisions` is `warn`",
            )
        _write(root, grown)
        return Recorded(entry=entry, is_new=True)


def read_file(path: Path) -> bytes | None:
    """The log's bytes; None where there is none. No link is followed. Raises ``EvaluationError``."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EvaluationError(f"{path}: cannot read the decision log: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise EvaluationError(f"{path} is no plain file, and the decision log is one")
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise EvaluationError(f"{path} holds more than {MAX_BYTES:,} bytes")
    return data


def _last_word(log: Log, answer: Answer) -> Logged | None:
    """The last entry on the question, where it says what would be added now."""
    about = [
        each for each in log.entries if (each.link.phase, each.link.question) == (answer.phase, answer.question.id)
    ]
    if not about:
        return None
    body = about[-1].entry.body
    same = (body.spec, body.panel_sha256, body.tally.outcome, body.tally.option) == (
        answer.spec.sha256,
        answer.panel.sha256,
        answer.tally.outcome,
        answer.tally.option,
    )
    return about[-1] if same and plain_question(body.question.question()) == plain_question(answer.question) else None


def _entry(answer: Answer, log: Log, now: datetime) -> Entry:
    body = make_body(
        index=len(log.entries),
        previous=log.head,
        phase=answer.phase,
        spec=answer.spec.sha256,
        question=answer.question,
        facts=answer.facts,
        panel=answer.panel,
        tally=answer.tally,
    )
    return Entry(body=body, hash=hash_of(body), recorded=f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")


def _write(root: Path, data: bytes) -> None:
    try:
        write_as_owner(root / DECISIONS_PATH, data, root=root, owner=owner_of(root))
    except OSError as error:
        raise EvaluationError(f"{DECISIONS_PATH}: cannot write the decision log: {error.strerror}") from error


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Two that record at once would both follow the same entry, and one of them would be lost."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
