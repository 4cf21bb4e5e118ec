"""What ``doctor`` found, for a terminal and as JSON."""

from __future__ import annotations

import msgspec

from gaterunner.doctor.answers import Outcome
from gaterunner.doctor.diagnosis import HIGHEST_TIER, Diagnosis, PointResult
from gaterunner.model import Outcome as Shown
from gaterunner.reporters.quantities import count
from gaterunner.reporters.terminal_style import Style
from gaterunner.reporters.terminal_text import clean, wrap

_AS = {Outcome.OK: Shown.PASSED, Outcome.BAD: Shown.FAILED, Outcome.UNKNOWN: Shown.UNPROVEN}
_TIERS = (
    "No tier is reached",
    "Tier 1: honest mistakes are stopped",
    "Tier 2: a person has to approve an edit of the gates",
    "Tier 3: the verdict comes from where the branch cannot write",
)
_UNSURE = "Tier {} at least; whether a higher one is reached is not known, as not all could be read"


def render_json(diagnosis: Diagnosis) -> str:
    """The diagnosis under its schema, ``gaterunner.doctor/1``."""
    return msgspec.json.format(msgspec.json.encode(diagnosis), indent=2).decode() + "\n"


def render_text(diagnosis: Diagnosis, *, style: Style, width: int) -> str:
    """Each point with what was observed and how to fix it, then the tier and what the next one needs."""
    names = max(len(point.name) for point in diagnosis.points)
    lines = [f"{clean(diagnosis.repository)}, branch {clean(diagnosis.branch)}", ""]
    for point in diagnosis.points:
        lines += _point(point, style, width, names)
    lines += ["", *_tier(diagnosis, style, width), "", _counts(diagnosis)]
    return "\n".join(lines) + "\n"


def _point(point: PointResult, style: Style, width: int, names: int) -> list[str]:
    indent = " " * (names + 6)
    shown = _AS[point.outcome]
    head = f"  {style.symbols.of(shown)} {point.name.ljust(names)}  "
    observed = wrap(clean(point.observed), width, indent=indent, first=head)
    observed[0] = observed[0].replace(style.symbols.of(shown), style.mark(shown), 1)
    if not point.fix:
        return observed
    return [*observed, *wrap(clean(point.fix), width, indent=f"{indent}  ", first=f"{indent}{style.symbols.arrow} ")]


def _tier(diagnosis: Diagnosis, style: Style, width: int) -> list[str]:
    tier = diagnosis.tier
    lines = [style.paint(_UNSURE.format(tier.reached) if tier.unsure else _TIERS[tier.reached], "bold")]
    if tier.reached < HIGHEST_TIER:
        lines += wrap(clean(f"Tier {tier.reached + 1} needs: {', '.join(tier.missing)}"), width, indent="  ")
    return lines


def _counts(diagnosis: Diagnosis) -> str:
    numbers = {outcome: sum(point.outcome is outcome for point in diagnosis.points) for outcome in Outcome}
    return (
        f"{count(len(diagnosis.points), 'point')}: {numbers[Outcome.OK]} ok, {numbers[Outcome.BAD]} bad, "
        f"{numbers[Outcome.UNKNOWN]} unknown"
    )
