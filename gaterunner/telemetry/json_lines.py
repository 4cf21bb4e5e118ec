"""Records as lines of JSON: one object a line, and nothing else on that stream."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from gaterunner.telemetry.leaving import redacted
from gaterunner.telemetry.records import Record

# What JSON leaves as it is, and others take for the end of a line, for a command to a terminal, or for nothing at all.
_UNSEEN = re.compile(r"[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


class JsonLines:
    """A sink. Keys are ``time``, ``level``, ``event``, ``message``, ``trace_id``, ``span_id`` and the
    attributes' names; ``time`` is ISO 8601 UTC."""

    def __init__(self, stream: TextIO, redact: Callable[[str], str], *, trace_id: str | None = None) -> None:
        self._stream = stream
        self._redact = redact
        self._trace_id = trace_id
        # What a stream cannot encode Python would escape as \xe9, which is no JSON.
        self._ascii = (stream.encoding or "utf-8").lower() not in ("utf-8", "utf8")

    def take(self, record: Record) -> None:
        line = self._line(record)
        with suppress(OSError, ValueError):  # nobody reads any more
            self._stream.write(line)
            self._stream.flush()

    def _line(self, record: Record) -> str:
        ids = {"trace_id": self._trace_id, "span_id": record.span}
        told = redacted(
            {
                "time": f"{datetime.fromtimestamp(record.time, UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
                "level": record.level,
                "event": record.event,
                "message": record.message,
                **{name: value for name, value in ids.items() if value is not None},
                **record.attributes,
            },
            self._redact,
        )
        text = json.dumps(told, ensure_ascii=self._ascii, separators=(",", ":"))
        text = _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
        # GitHub's runner looks for ##[ anywhere in a line; in JSON the same text can be written without it.
        return text.replace("##[", r"##\u005b") + "\n"
