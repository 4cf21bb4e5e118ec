"""Both sides of every file of a change, read once and compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaterunner.model import FileChange, Finding
from gaterunner.policies.context import RepositoryReader
from gaterunner.weakening.findings import TEST_DELETED, finding
from gaterunner.weakening.paths import is_test_file


def compare(files: Sequence[FileChange], repository: RepositoryReader) -> Iterator[Finding]:
    """What the change of these files weakens. Raises ``EvaluationError`` when a blob cannot be had."""
    kept = {file.new_blob for file in files if file.status == "A" and is_test_file(file.path)}
    for file in files:
        if file.status == "D" and is_test_file(file.path) and file.old_blob not in kept:
            yield finding(
                TEST_DELETED,
                f"the test file {file.path} is gone",
                "Bring the tests back, or say in an approving review why they are no longer needed.",
                path=file.path,
                about="",
            )
