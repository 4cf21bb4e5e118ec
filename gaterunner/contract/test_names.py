"""How result files may spell the test that stands in a file. Pure.

A result file knows ids, a source file functions. What joins them depends on the tool: pytest writes the file's path
with dots, Java's tools the package, Go's the folder, JavaScript's the titles alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from gaterunner.weakening.paths import extension

_SOURCES = ("src/test/java/", "src/test/kotlin/", "src/test/scala/", "src/test/groovy/", "src/")


def spellings(path: str, name: str, roots: Sequence[str]) -> tuple[str, ...]:
    """The ids that the test ``name`` of a file may have; ``roots`` are the folders that its gates run in.

    With a leading folder taken away only where that is a root, so that no two files get the same ones by chance.
    """
    found: list[str] = []
    for local in _locals(path, roots):
        stem = local.rpartition(".")[0] or local
        folder, _, _ = local.rpartition("/")
        found += [f"{stem.replace('/', '.')}.{name}", f"{local}::{name.replace('.', '::')}", f"{local}.{name}"]
        found.append(f"{folder}.{name}" if folder else name)
    if extension(path) != "py":  # these name no file
        found += [name, name.rpartition(".")[2]]
    return tuple(dict.fromkeys(found))


def _locals(path: str, roots: Sequence[str]) -> list[str]:
    """The path as gates see it from where they run, and from where their sources begin."""
    seen = [path, *(path[len(root) + 1 :] for root in roots if root != "." and path.startswith(f"{root}/"))]
    inner = [local.partition(start)[2] for local in seen for start in _SOURCES if start in f"/{local}"]
    return list(dict.fromkeys(local for local in (*seen, *inner) if local))


def is_told_by(id: str, path: str, name: str) -> bool:
    """Whether an id of a result file is that of the test, with whatever parameters.

    A Python test is known by its module and its whole name. Other tools leave the file out, so there its name does.
    """
    bare = name.rpartition(".")[2]
    if extension(path) != "py":
        return bare in id
    stem = path.rpartition("/")[2].removesuffix(".py")
    plain = id.partition("[")[0]
    return plain == f"{stem}.{name}" or plain.endswith(f".{stem}.{name}")
