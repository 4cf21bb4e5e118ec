"""From a failed test to a finding: what to say about it, and the file and line that a person should open."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path, PurePosixPath

from gaterunner.evidence.parsed import Failure
from gaterunner.model import Finding, Severity
from gaterunner.output import clean
from gaterunner.redaction import Redactor

_MAX_MESSAGE = 500
_MAX_LINE_READ = 1_000
_MAX_PLACES = 200
_PYTHON = re.compile(r'File "([^"\n]{1,400})", line (\d{1,7})')
_JAVA = re.compile(r"\bat ((?:[\w$]+\.){1,30})[\w$<>]+\(([\w$]+\.(?:java|kt|scala|groovy)):(\d{1,7})\)")
# path.ext:12 as compilers, pytest, Go, Node, Ruby, PHP and Rust print it; it starts where a word starts.
_PLAIN = re.compile(r"(?<![\w./\\@+-])([\w./\\@+-]{1,300}\.[A-Za-z]{1,6}):(\d{1,7})\b")
_JAVA_ROOTS = (
    "src/test/java",
    "src/test/kotlin",
    "src/test/scala",
    "src/main/java",
    "src/main/kotlin",
    "src",
    "test",
    "",
)


class Locator:
    """Finds places that exist in the checkout. Paths in results are relative to its root, with ``/``.

    ``mounted_at`` is a second name of the root: where it lay in the container that wrote the results.
    """

    def __init__(self, root: Path, cwd: Path, *, mounted_at: str | None = None) -> None:
        self._root = root
        self._cwd = cwd
        self._mounted_at = mounted_at.rstrip("/") + "/" if mounted_at else None
        self._known: dict[str, str | None] = {}

    def finding(self, failure: Failure, redactor: Redactor) -> Finding:
        """The finding for one failed test. Everything the file says is cleaned and redacted."""
        test = test_name(failure)
        told = redactor(clean(failure.message or failure.text))
        first = next((line.strip() for line in told.splitlines() if line.strip()), "failed")
        path, line = self._place(failure)
        return Finding(
            rule="test-failed",
            severity=Severity.ERROR,
            message=f"{redactor(clean(test))}: {first}"[:_MAX_MESSAGE],
            path=path,
            line=line,
            fingerprint=hashlib.sha256(f"test-failed\0{failure.suite}\0{test}".encode("utf-8", "replace")).hexdigest()[
                :16
            ],
        )

    def _place(self, failure: Failure) -> tuple[str | None, int | None]:
        own = self._existing(failure.file) if failure.file else self._of_class(failure.classname)
        places = self._places(failure.text) or self._places(failure.message)
        inside = [place for place in places if place[0] == own]
        if inside:
            return inside[-1]
        if own is not None:
            return own, failure.line
        if not places:
            return None, None
        # Python prints the innermost frame last, the others print it first.
        return places[-1] if places[-1][0].endswith(".py") else places[0]

    def _places(self, text: str) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        for line in clean(text).splitlines():
            for path, number in _mentioned(line[:_MAX_LINE_READ]):
                existing = self._existing(path)
                if existing is not None and int(number) > 0:
                    found.append((existing, int(number)))
            if len(found) >= _MAX_PLACES:
                break
        return found

    def _of_class(self, classname: str) -> str | None:
        """pytest's and unittest's dotted names: as much of the front as is a file."""
        parts = classname.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        for length in range(len(parts), 0, -1):
            existing = self._existing("/".join(parts[:length]) + ".py")
            if existing is not None:
                return existing
        return None

    def _existing(self, name: str) -> str | None:
        if name not in self._known:
            self._known[name] = self._look(name.replace("\\", "/"))
        return self._known[name]

    def _look(self, name: str) -> str | None:
        if self._mounted_at is not None and name.startswith(self._mounted_at):
            name = os.path.join(self._root, name[len(self._mounted_at) :].lstrip("/"))  # noqa: PTH118 (normalised below)
        for base in (self._cwd, self._root):
            path = Path(os.path.normpath(base / name))
            try:
                if path.is_relative_to(self._root) and path.is_file():
                    return PurePosixPath(path.relative_to(self._root)).as_posix()
            except (OSError, ValueError):  # a name too long, or with a NUL in it
                continue
        return None


def _mentioned(line: str) -> list[tuple[str, str]]:
    python = _PYTHON.search(line)
    if python is not None:
        return [(python[1], python[2])]
    java = _JAVA.search(line)
    if java is not None:
        package = "/".join(java[1].rstrip(".").split(".")[:-1])
        return [(f"{root}/{package}/{java[2]}".lstrip("/"), java[3]) for root in _JAVA_ROOTS]
    return [(match[1], match[2]) for match in _PLAIN.finditer(line)]


def test_name(failure: Failure) -> str:
    """What the result file calls a failed test; where it names none, the suite."""
    return ".".join(part for part in (failure.classname, failure.name) if part) or failure.suite or "a test"
