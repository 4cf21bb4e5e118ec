"""Sees whether files are written to, which neither times nor content tell: a test tool may write the same bytes again.

inotify(7) tells a write from a `touch`. Where it is not to be had (no watches left, a network file system), nothing is
seen, and such a file does not count as written: the safe side.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence
from pathlib import Path

_IN_MODIFY = 0x2
_EVENT = struct.Struct("iIII")
_MAX_WATCHES = 1000


class WriteWatch:
    """Watches existing files from its making until ``stop``."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths: dict[int, Path] = {}
        self._descriptor = -1
        if not paths:
            return
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            return
        for path in paths[:_MAX_WATCHES]:
            if not path.is_symlink():
                number = libc.inotify_add_watch(self._descriptor, os.fsencode(path), _IN_MODIFY)
                if number >= 0:
                    self._paths[number] = path

    def stop(self) -> frozenset[Path]:
        """The files that were written to since."""
        written: set[Path] = set()
        if self._descriptor < 0:
            return frozenset()
        try:
            while data := os.read(self._descriptor, 1 << 16):
                offset = 0
                while offset < len(data):
                    number, _, _, length = _EVENT.unpack_from(data, offset)
                    offset += _EVENT.size + length
                    if number in self._paths:
                        written.add(self._paths[number])
        except BlockingIOError:
            pass
        finally:
            os.close(self._descriptor)
            self._descriptor = -1
        return frozenset(written)
