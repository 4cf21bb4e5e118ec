"""Whether a list goes on: the ``Link`` header that Sentry sends with every page.

``<…>; rel="previous"; results="false"; cursor="…", <…>; rel="next"; results="true"; cursor="0:100:0"``
(https://docs.sentry.io/api/pagination/). Only the cursor is taken from it: an address from an answer is not followed.
"""

from __future__ import annotations

import re

_LINK = re.compile(r'\s*<[^<>]*>((?:\s*;\s*[a-z]+="[^"]*")+)\s*(?:,|$)')
_PARAMETER = re.compile(r'([a-z]+)="([^"]*)"')
_CURSOR = re.compile(r"-?\d+:-?\d+:-?\d+\Z")


def next_cursor(header: str | None) -> str | None:
    """The cursor of the next page, None for the last page. Raises ``ValueError`` when the header does not tell."""
    if not header:
        raise ValueError("it sends no Link header with a list")
    at = 0
    links: list[dict[str, str]] = []
    while at < len(header):
        found = _LINK.match(header, at)
        if found is None:
            raise ValueError("its Link header cannot be read")
        links.append(dict(_PARAMETER.findall(found[1])))
        at = found.end()
    following = [link for link in links if link.get("rel") == "next"]
    if len(following) != 1 or following[0].get("results") not in ("true", "false"):
        raise ValueError("its Link header does not say whether there is a next page")
    if following[0]["results"] == "false":
        return None
    cursor = following[0].get("cursor", "")
    if not _CURSOR.match(cursor):
        raise ValueError("its Link header gives no cursor for the next page")
    return cursor
