"""How much a rule weighs: its own default, or what the base's workflow file says under a policy's `rules`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from msgspec.structs import replace

from gaterunner.model import Finding, Severity

Level = Literal["fail", "warn", "off"]

_SEVERITIES: dict[Level, Severity] = {"fail": Severity.ERROR, "warn": Severity.WARNING}


def levelled(findings: Iterable[Finding], rules: Mapping[Any, Level]) -> Iterator[Finding]:
    """The findings with the severity that ``rules`` gives their rule; those that are off are left out.

    A key is a rule's whole name, or its name without what stands before the slash. A notice stays one: it tells.
    (``Any``, as a ``Literal`` of a policy's own rules is no ``str`` where the key of a mapping is concerned.)
    """
    for finding in findings:
        level = rules.get(finding.rule) or rules.get(finding.rule.rpartition("/")[2])
        if level is None or finding.severity is Severity.NOTICE:
            yield finding
        elif level != "off":
            yield replace(finding, severity=_SEVERITIES[level])
