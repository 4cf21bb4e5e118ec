"""What squawk says of the locks that new PostgreSQL migrations take. It is started by ``squawk.py``.

squawk obeys comments in the files, which a branch can write. So it gets them without comments, and a comment that
would have silenced it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gaterunner.errors import EvaluationError
from gaterunner.migrations.new_steps import PostgresFile
from gaterunner.migrations.sql_tokens import without_comments
from gaterunner.model import Finding, Severity
from gaterunner.policies.context import PolicyContext

_IGNORE = re.compile(r"(?i)squawk-(?:ignore|disable)[\w-]*")
# What the other rules of this policy say with more care, or what is a matter of taste and no lock.
LEFT_OUT = tuple(
    """ban-drop-column ban-drop-table ban-drop-database renaming-column renaming-table changing-column-type
    ban-truncate-cascade prefer-robust-stmts prefer-bigint-over-int prefer-bigint-over-smallint prefer-identity
    prefer-text-field prefer-timestamp-tz ban-char-field require-timeout-settings require-lock-timeout
    require-statement-timeout""".split()  # noqa: SIM905 - a list of them would be as many lines
)


def remarks(context: PolicyContext, migrations: Sequence[PostgresFile]) -> Iterator[Finding]:
    """Its remarks as warnings. Raises ``EvaluationError`` where it is not installed or does not answer."""
    if not migrations:
        return
    if context.lock_lint is None:
        raise EvaluationError("`lock-lint: squawk` needs squawk, which nothing can start here")
    for migration in migrations:
        found = _IGNORE.search(migration.text)
        if found:
            line = migration.text.count("\n", 0, found.start()) + 1
            message = f"The comment {found[0]} asks squawk to be silent; it is not honoured."
            help = "Leave the comment out; an exception is a waiver that somebody else gives."
            yield Finding(
                rule="migration-lint-ignored",
                severity=Severity.NOTICE,
                path=migration.path,
                line=line,
                message=message,
                help=help,
            )
    texts = [without_comments(migration.text, "postgres") for migration in migrations]
    for remark in context.lock_lint(texts, LEFT_OUT):
        yield Finding(
            rule="migration-lock",
            severity=Severity.WARNING,
            path=migrations[remark.file].path,
            line=remark.line,
            message=f"squawk, {remark.rule}: {remark.message}",
            help=remark.help or f"https://squawkhq.com/docs/{remark.rule}",
        )
