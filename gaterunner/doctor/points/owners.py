"""CODEOWNERS gives the guardrails to somebody: gates, the workflow that calls them, and CODEOWNERS itself."""

from __future__ import annotations

from collections.abc import Iterator

from gaterunner.config.types import DEFAULT_PATH
from gaterunner.doctor.answers import Answer, Unread, bad, known, ok, unknown
from gaterunner.doctor.code_owners import LOCATIONS, MOST_BYTES, CodeOwners
from gaterunner.doctor.facts import Facts, Owners

# A file of a name that nobody has used yet: what a branch may add has to be owned as well.
_ADDED = (".github/workflows/added-later.yml", ".github/actions/added-later/action.yml", ".gaterunner/added-later.yml")
_LINES = ("/.github/ @OWNER", "/.gaterunner.yml @OWNER", "/.gaterunner/ @OWNER", "/CODEOWNERS @OWNER")
_NAMED = 4


def judge(facts: Facts) -> Answer:
    """Looks at every guardrail that is there and at those that could be added."""
    owners = known(facts.owners)
    if owners is None:
        return bad(
            "there is no CODEOWNERS file: a branch may edit its own gates and nobody has to look",
            f"add .github/CODEOWNERS with these lines, with somebody who is not the agent: {'; '.join(_LINES)}",
        )
    wrong = _disobeyed(facts, owners) or _unowned(owners, known(facts.paths))
    if wrong is not None:
        return wrong
    if isinstance(facts.owner_errors, Unread):
        raise unknown(f"{owners.path} covers the guardrails; {facts.owner_errors.why}", facts.owner_errors.help)
    return ok(f"{owners.path} covers .github/, {DEFAULT_PATH}, .gaterunner/ and CODEOWNERS itself")


def _disobeyed(facts: Facts, owners: Owners) -> Answer | None:
    if len(owners.text.encode()) > MOST_BYTES:
        return bad(f"{owners.path} is larger than 3 MB, so GitHub does not read it", "make it smaller")
    if isinstance(facts.owner_errors, Unread) or not facts.owner_errors:
        return None
    told = "; ".join(f"line {error.line}: {error.kind}" for error in facts.owner_errors[:_NAMED])
    return bad(f"GitHub does not obey all of {owners.path}: {told}", "mend these lines: GitHub shows them in the file")


def _unowned(owners: Owners, paths: tuple[str, ...]) -> Answer | None:
    free = list(_free(owners, paths))
    if not free:
        return None
    more = f" and {len(free) - _NAMED} more" if len(free) > _NAMED else ""
    return bad(
        f"nobody owns {', '.join(free[:_NAMED])}{more}",
        f"let these be the last lines of {owners.path}, with somebody who is not the agent: {'; '.join(_LINES)}",
    )


def _free(owners: Owners, paths: tuple[str, ...]) -> Iterator[str]:
    """Guardrails without an owner. A CODEOWNERS file in a better place than the present one would take over from it."""
    rules = CodeOwners(owners.text)
    there = [path for path in paths if path.startswith((".github/", ".gaterunner/"))]
    places = LOCATIONS[: LOCATIONS.index(owners.path) + 1]
    for path in dict.fromkeys([DEFAULT_PATH, *places, *_ADDED, *there]):
        line = rules.of(path)
        if line is None or not line.owners:
            yield path
