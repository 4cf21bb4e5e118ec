"""Links and submodules of a change: their paths may be allowed, and what they stand for not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gaterunner.contract.findings import found
from gaterunner.contract.scope import Scope
from gaterunner.model import FileChange, Finding
from gaterunner.secrets.links import leads_outside

if TYPE_CHECKING:
    from gaterunner.policies.context import RepositoryReader

TAKE_OUT = "Take it out of the change. What a phase may touch is changed in its spec, on the target branch first."
_LINK, _SUBMODULE = "120000", "160000"
_LONGEST = 65_536  # no system follows a longer one


def judge_links(scope: Scope, files: Iterable[FileChange], repository: RepositoryReader) -> Iterator[Finding]:
    """A finding for each that stands where a closed folder would be, and for each link out of the repository.

    A link to a file of the repository changes nothing there. Where one leads is told by its own text alone. Raises
    ``EvaluationError`` when a link cannot be read.
    """
    stand_ins = [file for file in files if file.new_mode in (_LINK, _SUBMODULE)]
    targets = dict(_targets([file for file in stand_ins if file.new_mode == _LINK], repository))
    for file in stand_ins:
        finding = _in_place_of_a_folder(scope, file) or _leading_out(file.path, targets.get(file.path))
        if finding is not None:
            yield finding


def _targets(links: list[FileChange], repository: RepositoryReader) -> Iterator[tuple[str, str]]:
    if links:
        blobs = repository.blobs([link.new_blob for link in links], max_bytes=_LONGEST)
        for link, blob in zip(links, blobs, strict=True):
            yield link.path, (blob.data or b"").decode("utf-8", "surrogateescape")


def _in_place_of_a_folder(scope: Scope, file: FileChange) -> Finding | None:
    area = scope.closed_below(file.path)
    if area is None:
        return None
    kind = "a symbolic link" if file.new_mode == _LINK else "a submodule"
    return found(
        area.rule, f"becomes {kind} in the place of {area.told}", TAKE_OUT, key=f"link\0{area.name}", path=file.path
    )


def _leading_out(path: str, target: str | None) -> Finding | None:
    if target is None:
        return None
    why = leads_outside(path, target)
    if why is None:
        return None
    return found("outside-touchpoints", f"is a symbolic link {why}", TAKE_OUT, key="link", path=path)
