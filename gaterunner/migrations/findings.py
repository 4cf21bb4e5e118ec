"""How the migration rules word what they find."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from gaterunner.fingerprints import fingerprint
from gaterunner.migrations.inventory import Claim
from gaterunner.migrations.names import after, version_text
from gaterunner.model import Finding, Severity


class Rules(Struct, frozen=True, kw_only=True):
    """What the operator decided. ``tool-default`` follows what the tool itself does with such a file."""

    order: str = "tool-default"
    cosmetic: str = "tool-default"

    def order_severity(self, claim: Claim) -> Severity:
        """A tool that applies any pending file copes with one below the newest; a linear one skips or refuses it."""
        return _severity(self.order, strict=claim.tool.linear)

    def cosmetic_severity(self, claim: Claim) -> Severity:
        """A tool that keeps checksums refuses to go on after any edit, also of a comment."""
        return _severity(self.cosmetic, strict=claim.tool.checksum)


def _severity(choice: str, *, strict: bool) -> Severity:
    if choice == "tool-default":
        return Severity.ERROR if strict else Severity.WARNING
    return Severity.ERROR if choice == "fail" else Severity.WARNING


def error(rule: str, path: str, message: str, help: str, line: int | None = None) -> Finding:
    """A finding that blocks."""
    return Finding(rule=rule, severity=Severity.ERROR, path=path, line=line, message=message, help=help)


def warning(rule: str, path: str, message: str, help: str, line: int | None = None) -> Finding:
    """A finding that is told and does not block."""
    return Finding(rule=rule, severity=Severity.WARNING, path=path, line=line, message=message, help=help)


def with_severity(severity: Severity, rule: str, path: str, message: str, help: str, *, line: int | None) -> Finding:
    """A finding whose weight the operator or the tool decides."""
    return Finding(rule=rule, severity=severity, path=path, line=line, message=message, help=help)


def unreadable(claim: Claim, why: str) -> Finding:
    """A migration that nobody can judge is not let through."""
    return error(
        "migration-unreadable",
        claim.path,
        f"{claim.tool.title}: the migration cannot be read: {why}.",
        "Store it as a plain file in UTF-8 that its language can parse, with literal values where the tool looks.",
    )


def with_fingerprint(finding: Finding) -> Finding:
    """The finding with a name of its own that survives a move to another line."""
    return replace(finding, fingerprint=fingerprint(finding.rule, finding.path or "", finding.message))


def newest(existing: tuple[Claim, ...]) -> Claim | None:
    """The existing migration that sorts last; None where names do not order."""
    ordered = [claim for claim in existing if claim.place.order and claim.place.role.value == "up"]
    return max(ordered, key=lambda claim: claim.place.order, default=None)


def add_instead(claim: Claim, existing: tuple[Claim, ...]) -> str:
    """What to do in place of touching an existing migration, with the version that a new one would get."""
    last = newest(existing)
    if last is None:
        return f"Leave {claim.path} as it is on the base and put the change into a new migration."
    version = after(version_text(last.path))
    return (
        f"Leave {claim.path} as it is on the base and put the change into a new migration after "
        f"{last.place.name} (version {version} or later)."
    )
