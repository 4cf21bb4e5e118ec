"""The content of the files that matter, read in few calls and kept for one evaluation."""

from __future__ import annotations

from collections.abc import Iterable

from gaterunner.errors import EvaluationError
from gaterunner.migrations.kinds import UnreadableError
from gaterunner.policies.context import Blob, RepositoryReader

MAX_BYTES = 8 * 1024 * 1024
_NONE = "0"


class Contents:
    """Blobs by id. Nothing is read twice, and nothing larger than ``MAX_BYTES`` is read at all."""

    def __init__(self, repository: RepositoryReader) -> None:
        self._repository = repository
        self._blobs: dict[str, Blob] = {}

    def load(self, ids: Iterable[str]) -> None:
        """Reads all blobs that are not known yet, in one call. Ids of zeros mean "no file" and are left out."""
        wanted = dict.fromkeys(id for id in ids if id.strip(_NONE) and id not in self._blobs)
        if wanted:
            for blob in self._repository.blobs(wanted, max_bytes=MAX_BYTES):
                self._blobs[blob.id] = blob

    def bytes_of(self, id: str) -> bytes:
        """A loaded blob's content; raises ``UnreadableError`` when it is too large."""
        blob = self._blobs.get(id)
        if blob is None:
            raise EvaluationError(f"git did not hand out the object {id}")
        if blob.data is None:
            raise UnreadableError(f"it has {blob.size} bytes, more than the {MAX_BYTES} that are read")
        return blob.data

    def text_of(self, id: str) -> str:
        """A loaded blob as text for recognising a tool; empty where there is none. Never raises ``UnreadableError``."""
        blob = self._blobs.get(id)
        data = blob.data if blob and blob.data else b""
        encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
        return data.decode(encoding, errors="replace")
