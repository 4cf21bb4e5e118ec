"""The marker inside a database: a comment on it that says ``environment=develop``."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.targets.allowed import Standing
from gaterunner.targets.survey import Lead
from gaterunner.targets.types import Login, Target

if TYPE_CHECKING:
    from gaterunner.policies.context import DatabaseProbe

MarkerRule = Literal["required", "when-possible", "off"]
MOST_ASKED = 20
_KEY = "environment="


class Mark(StrEnum):
    """What a database says of itself."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"
    UNCHECKED = "unchecked"


class Marked(Struct, frozen=True):
    """One target with what it says: ``told`` is its environment when it is another one, or why it was not asked."""

    target: Target
    mark: Mark
    told: str = ""


def environment_in(comment: str | None) -> str | None:
    """The environment that a comment names, on a line of its own; None when it names none."""
    for line in (comment or "").splitlines():
        if line.strip().startswith(_KEY):
            return line.strip().removeprefix(_KEY).strip()
    return None


def check_markers(
    leads: Iterable[Lead], probe: DatabaseProbe | None, environment: str, rule: MarkerRule
) -> tuple[Marked, ...]:
    """Asks each database that the policy allows and that gates hold a login for. Raises ``EvaluationError`` when one
    gives no answer that ``required`` needs.

    Databases that gaterunner makes carry the marker by construction and do not exist yet. Those of this machine are
    asked only where the marker is required: they may be tunnels, but a name is no reason to knock at every port.
    """
    if rule == "off":
        return ()
    asked: dict[Target, Login] = {}
    for lead in leads:
        if lead.target is not None and lead.gates and _is_asked(lead, rule):
            asked[lead.target] = asked.get(lead.target) or lead.login
    found = []
    for number, (target, login) in enumerate(asked.items()):
        why = _why_not(target, login, probe) or ("too many databases" if number >= MOST_ASKED else "")
        if why or probe is None:
            found.append(Marked(target, Mark.UNCHECKED, why))
            continue
        found.append(_ask(probe, target, login, environment, is_required=rule == "required"))
    return tuple(found)


def _is_asked(lead: Lead, rule: MarkerRule) -> bool:
    if lead.standing is Standing.ALLOWED:
        return True
    return rule == "required" and lead.standing is Standing.LOCAL


def _why_not(target: Target, login: Login, probe: DatabaseProbe | None) -> str:
    if probe is None:
        return "nothing here asks databases"
    if target.engine not in ("postgresql", "database"):
        return "only PostgreSQL is asked"
    if target.is_socket:
        return "it is reached by a socket"
    if not login.user:
        return "no user is named"
    return "its host is not known in full" if "*" in target.host else ""


def _ask(probe: DatabaseProbe, target: Target, login: Login, environment: str, *, is_required: bool) -> Marked:
    try:
        comment = probe.marker(url_of(target, login))
    except EvaluationError as error:
        if is_required:
            raise
        return Marked(target, Mark.UNCHECKED, error.message)
    told = environment_in(comment)
    if told is None:
        return Marked(target, Mark.MISSING)
    return Marked(target, Mark.RIGHT if told == environment else Mark.WRONG, told)


def url_of(target: Target, login: Login) -> str:
    """A URL that leads to the target and nowhere else. It holds the password."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    user = quote(login.user or "", safe="")
    password = f":{quote(login.password, safe='')}" if login.password else ""
    ssl = f"?sslmode={quote(login.sslmode, safe='')}" if login.sslmode else ""
    database = quote(target.database or login.user or "", safe="")
    return f"postgresql://{user}{password}@{host}:{target.port or 5432}/{database}{ssl}"
