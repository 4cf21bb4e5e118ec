"""What a gate or a policy points at."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gaterunner.model.outcomes import Severity


class Excerpt(Struct, frozen=True, kw_only=True):
    """Lines of the judged tree around a finding; ``start`` is the number of the first, from 1."""

    start: int
    lines: tuple[str, ...]


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """One thing a policy or gate points at.

    ``path`` is relative to the repository's root, with ``/``. ``line`` and ``end_line`` count from 1. ``help`` says how
    to fix it. ``fingerprint`` is stable across edits that move the finding. No field ever holds a secret's value.

    ``content`` is the git object id of what it was found in, which a waiver must name: the file's blob, all zeros for a
    deleted file, the head commit where no file stands for it. ``approvable`` says that an approving review of the head
    is enough to let it through. ``waived_by`` and ``waived_because`` are set once a waiver does.

    ``standing`` says whether the base fails in the same way (``known``) or does not (``new``); None where nothing tells
    what the base did. ``excerpt`` is never set where the lines could hold a secret.
    """

    rule: str
    severity: Severity
    message: str
    path: str | None = None
    line: int | None = None
    end_line: int | None = None
    commit: str | None = None
    help: str | None = None
    fingerprint: str | None = None
    content: str | None = None
    approvable: bool = False
    waived_by: str | None = None
    waived_because: str | None = None
    standing: Literal["new", "known"] | None = None
    excerpt: Excerpt | None = None
