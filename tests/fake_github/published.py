"""Whether GitHub publishes an operation for a request: its path, its method, and the parameters of its query.

Read from the source of githubkit's generated client, which is made from GitHub's own description of its API.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from tests.fake_github.exchange import Request

_OPERATION = re.compile(
    r'\n        url = f?"(?P<path>/[^"]*)"\n(?P<between>.*?)\.(?:a?request)\(\n\s+"(?P<method>[A-Z]+)"', re.DOTALL
)
_PARAMETERS = re.compile(r"params = \{(?P<names>.*?)\n        \}", re.DOTALL)
_ROOMS = ("actions", "apps", "checks", "git", "pulls", "repos")


@lru_cache(maxsize=1)
def _operations() -> tuple[tuple[str, re.Pattern[str], frozenset[str]], ...]:
    spec = find_spec("githubkit_schemas.v2026_03_10")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "rest"
    return tuple(found for room in _ROOMS for found in _of(folder / f"{room}.py"))


def _of(file: Path) -> Iterator[tuple[str, re.Pattern[str], frozenset[str]]]:
    for match in _OPERATION.finditer(file.read_text("utf-8")):
        pieces = re.split(r"\{\w+\}", match["path"])
        # A path inside a repository holds slashes; everything else is one part.
        parts = [r".+" if piece.endswith("/contents/") else r"[^/]+" for piece in pieces[:-1]]
        expression = "".join(f"{re.escape(piece)}{part}" for piece, part in zip(pieces, [*parts, ""], strict=True))
        names = _PARAMETERS.search(match["between"])
        known = frozenset(re.findall(r'"(\w+)":', names["names"])) if names else frozenset()
        yield match["method"], re.compile(expression), known


def unpublished(requests: Iterable[Request]) -> list[str]:
    """The requests that no published operation takes, or that ask with parameters which it does not know."""
    found = []
    for request in requests:
        # `/repositories/{id}` is where `/repos/{owner}/{repo}` of a renamed repository leads; it stands in no page.
        if re.fullmatch(r"/repositories/\d+", request.path):
            continue
        taken = any(
            method == request.method and path.fullmatch(request.path) and request.query.keys() <= known
            for method, path, known in _operations()
        )
        if not taken:
            found.append(f"{request.method} {request.path}?{'&'.join(request.query)}")
    return found
