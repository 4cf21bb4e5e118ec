"""Which lines CODEOWNERS should have, so that nobody edits the rules that judge them unseen. Pure."""

from __future__ import annotations

from gaterunner.config.conventions.types import Tree
from gaterunner.config.types import DEFAULT_PATH

# In the order in which GitHub looks: the first that exists counts.
_FILES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
_OWNER = "@your-org/your-team"


def suggested_owners(tree: Tree) -> tuple[str, tuple[str, ...]]:
    """The file and the lines that it lacks. A pattern is taken as it is written; `gaterunner doctor` looks closer."""
    there = set(tree.paths())
    file = next((path for path in _FILES if path in there), _FILES[0])
    text = (tree.read(file) or b"").decode("utf-8", "replace")
    owned = {line.split()[0].strip("/") for line in text.splitlines() if len(line.split()) > 1 and line[0] != "#"}
    wanted = [f"/{DEFAULT_PATH}", "/.gaterunner/", "/.github/"]
    if not file.startswith(".github/"):
        wanted.append(f"/{file}")
    missing = [pattern for pattern in wanted if not owned & {pattern.strip("/"), "*"}]
    width = max((len(pattern) for pattern in missing), default=0)
    return file, tuple(f"{pattern:<{width}}  {_OWNER}" for pattern in missing)
