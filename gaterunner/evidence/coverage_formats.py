"""Reads coverage files, which the branch's code wrote: Cobertura, JaCoCo and Clover in XML, and LCOV."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from gaterunner.evidence.lines import LineCollector, ParsedCoverage
from gaterunner.evidence.xml_stream import MAX_NAME, read_xml

_MAX_PATH = 4096
_MAX_ROOTS = 100
_MILLISECONDS = 1e11  # seconds since 1970 reach this in the year 5138, milliseconds did in 1973


def read_coverage(data: bytes) -> ParsedCoverage:
    """Reads the content of a coverage file; raises ValueError with one sentence when it is none."""
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:64]
    if not start:
        raise ValueError("is empty")
    if start.startswith(b"<"):
        return _Xml().read(data)
    if start.startswith((b"TN:", b"SF:", b"#")):
        return _read_lcov(data)
    raise ValueError("is no coverage file that gaterunner reads: Cobertura, JaCoCo or Clover XML, or LCOV")


# --- LCOV (geninfo(1), section FILES) --------------------------------------------------------------------------------


def _read_lcov(data: bytes) -> ParsedCoverage:
    lines = LineCollector()
    for row in BytesIO(data):
        kind, _, value = row.rstrip(b"\r\n").partition(b":")
        if kind == b"SF":
            lines.begin(value.decode("utf-8", "surrogateescape")[:_MAX_PATH])
        elif kind == b"DA":
            number, _, rest = value.partition(b",")
            lines.add(
                number.decode("ascii", "replace"), executed=_hit(rest.partition(b",")[0].decode("ascii", "replace"))
            )
        elif kind == b"end_of_record":
            lines.end()
    return ParsedCoverage(sources=lines.sources())


def _hit(count: str) -> bool:
    """Whether a number of executions is above zero; some tools write `1.0` or `1e+06`."""
    try:
        return float(count) > 0
    except ValueError:
        return False


# --- XML -------------------------------------------------------------------------------------------------------------


class _Xml:
    """One file of any of the three formats, which differ in the names of their elements."""

    def __init__(self) -> None:
        self._lines = LineCollector()
        self._roots: list[str] = []
        self._newest: float | None = None
        self._text: list[str] | None = None
        self._package = ""
        self._holder = ""  # the element that holds the lines of one source
        self._start: Callable[[str, dict[str, str]], None] = self._root

    def read(self, data: bytes) -> ParsedCoverage:
        read_xml(data, start=self._started, end=self._ended, text=self._characters, doctype=True)
        return ParsedCoverage(sources=self._lines.sources(), roots=tuple(self._roots), newest=self._newest)

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        self._start(name, attributes)

    def _ended(self, name: str) -> None:
        if name == "source" and self._text is not None:
            root = "".join(self._text).strip()[:_MAX_PATH]
            self._text = None
            if root and root not in self._roots and len(self._roots) < _MAX_ROOTS:
                self._roots.append(root)
        elif name == self._holder:
            self._lines.end()

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if name == "report":
            self._start, self._holder = self._jacoco, "sourcefile"
        elif name == "coverage" and ("generated" in attributes or "clover" in attributes):
            self._start, self._holder = self._clover, "file"
            self._told(attributes.get("generated"))
        elif name == "coverage":
            self._start, self._holder = self._cobertura, "class"
            self._told(attributes.get("timestamp"))
        else:
            raise ValueError(f"is no coverage file that gaterunner reads: its root element is <{name[:MAX_NAME]}>")

    def _cobertura(self, name: str, attributes: dict[str, str]) -> None:
        if name == "source":
            self._text = []
        elif name == "class":
            self._lines.begin(attributes.get("filename", "")[:_MAX_PATH])
        elif name == "line":
            self._lines.add(attributes.get("number", ""), executed=_hit(attributes.get("hits", "")))

    def _jacoco(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sessioninfo":
            self._told(attributes.get("dump"))
        elif name == "package":
            self._package = attributes.get("name", "")
        elif name == "sourcefile":
            self._lines.begin(f"{self._package}/{attributes.get('name', '')}".lstrip("/")[:_MAX_PATH])
        elif name == "line":
            self._lines.add(attributes.get("nr", ""), executed=_hit(attributes.get("ci", "")))

    def _clover(self, name: str, attributes: dict[str, str]) -> None:
        if name == "file":
            self._lines.begin((attributes.get("path") or attributes.get("name", ""))[:_MAX_PATH])
        elif name == "line":
            counts = (attributes.get(count, "") for count in ("count", "truecount", "falsecount"))
            self._lines.add(attributes.get("num", ""), executed=any(map(_hit, counts)))

    def _told(self, moment: str | None) -> None:
        """A time in seconds or milliseconds since 1970."""
        try:
            seconds = float(moment or "")
        except ValueError:
            return
        seconds = seconds / 1000 if seconds > _MILLISECONDS else seconds
        if seconds > 0:
            self._newest = max(seconds, self._newest or 0.0)
