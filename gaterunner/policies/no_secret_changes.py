"""``no-secret-changes``: no commit of the range adds a secret or touches a file that holds one.

Looks at every commit and not only at the result, because what was committed once is public once the branch is pushed,
whether or not a later commit removes it. A branch cannot switch the policy off: ignore markers in its files, its
``.gitattributes`` and its own copy of the workflow file change nothing. Why each rule is as it is:
docs/policies/no-secret-changes.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.model import Finding, Outcome, PolicyResult, Severity, Skip
from gaterunner.policies.context import PolicyContext, SecretScanner
from gaterunner.secrets.history import Examination, NewSecret, Place, TouchedFile, Unread, examine

NAME = "no-secret-changes"
MAX_FINDINGS = 100

_EXPECTED = "no new secret in any commit, and no secret-bearing file added, changed or renamed"
_IGNORE_MARKER = "ignore-marker"
_ROTATE = (
    "Revoke or rotate it first: it is written to git. Then take it out of the branch's history "
    "(`git rebase -i {commit}^`, edit that commit, push with --force-with-lease) and read it from the environment or "
    "a secret store instead."
)
_KEEP_OUT = (
    "Take the file out of the branch's history (`git rebase -i {commit}^`, edit that commit), add it to .gitignore, "
    "and rotate what it held. A copy without values can be kept under a name such as `{example}`."
)

_TELLING_PATH = Finding(
    rule="secret/in-file-name",
    severity=Severity.ERROR,
    message="a file is named after a secret; its name is not shown",
    help="Revoke or rotate the secret, rename the file, and take the old name out of the branch's history.",
)


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``ignore``: globs of paths that are not scanned, relative to the root; counted in what was observed."""

    ignore: tuple[str, ...] = ()


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Scans base..judged. Raises ``EvaluationError`` when git or the engine fails."""
    change = context.change
    if change.is_empty:
        return PolicyResult(
            name=NAME,
            outcome=Outcome.SKIPPED,
            skip=Skip.NOT_APPLICABLE,
            reason="the change is empty",
            expected=_EXPECTED,
        )
    records = context.repository.records(change.base, change.judged)
    seen = examine(records, context.repository, context.secrets, _matcher(options.ignore))
    if change.files and not seen.commits:
        raise EvaluationError(
            f"{len(change.files)} changed files were told, but no commit that changes one could be read.",
            help="Fetch the branch's whole history (`fetch-depth: 0` in a workflow).",
        )
    findings = tuple(_findings(seen, context.secrets))
    outcome, reason = _judge(seen, findings)
    return PolicyResult(
        name=NAME,
        outcome=outcome,
        reason=reason,
        observed=_observed(seen),
        expected=_EXPECTED,
        findings=_bounded(findings),
    )


def _judge(seen: Examination, findings: tuple[Finding, ...]) -> tuple[Outcome, str]:
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if errors:
        first = next(finding for finding in findings if finding.severity is Severity.ERROR)
        more = f" and {errors - 1} more" if errors > 1 else ""
        return Outcome.FAILED, f"{first.message}{more}"
    if seen.unread:
        more = f" and {len(seen.unread) - 1} more" if len(seen.unread) > 1 else ""
        return Outcome.ERRORED, f"{_shown(seen.unread[0].place, seen)}{more} could not be searched for secrets"
    return Outcome.PASSED, "no new secret"


def _observed(seen: Examination) -> str:
    ignored = f", {_count(seen.ignored, 'path')} ignored as configured" if seen.ignored else ""
    contents = _count(seen.blobs, "new file content")
    return f"{contents} in {_count(seen.commits, 'commit')}, {seen.bytes / 1e6:.1f} MB read{ignored}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _findings(seen: Examination, scanner: SecretScanner) -> Iterator[Finding]:
    secrets = [secret for secret in seen.secrets if secret.match.rule != _IGNORE_MARKER]
    told = {secret.place.path for secret in secrets}
    for number, secret in enumerate(secrets):
        # The slow hash is only for what is shown.
        yield _secret(secret, seen, scanner.fingerprint(secret.match) if number < MAX_FINDINGS else None)
    yield from (_TELLING_PATH for _ in seen.telling_paths)
    # One credential is told once: its file is not pointed at again.
    yield from (_file(file, seen) for file in seen.files if file.place.path not in told)
    yield from (_unread(unread, seen) for unread in seen.unread)
    yield from (_marker(secret, seen) for secret in seen.secrets if secret.match.rule == _IGNORE_MARKER)
    yield from (_elsewhere(pointer, seen) for pointer in seen.elsewhere)


def _secret(secret: NewSecret, seen: Examination, fingerprint: str | None) -> Finding:
    commit = secret.place.commit
    more = f" and {_count(secret.commits - 1, 'later commit')}" if secret.commits > 1 else ""
    return Finding(
        rule=f"secret/{secret.match.rule}",
        severity=Severity.ERROR,
        message=f"{secret.match.title}: added in commit {commit[:10]}{more}",
        path=_path(secret.place, seen),
        line=secret.match.line,
        commit=commit,
        help=_ROTATE.format(commit=commit[:10]),
        fingerprint=fingerprint,
    )


def _file(file: TouchedFile, seen: Examination) -> Finding:
    place = file.place
    is_deleted = place.status == "D"
    done = {"A": "added", "D": "deleted"}.get(place.status, "changed")
    message = f"{file.kind.title} {done} in commit {place.commit[:10]}"
    example = f"{place.path.rsplit('/', 1)[-1]}.example"
    return Finding(
        rule=f"secret-file/{file.kind.kind}",
        severity=Severity.NOTICE if is_deleted else Severity.ERROR,
        message=f"{message}; the history still holds it" if is_deleted else message,
        path=_path(place, seen),
        commit=place.commit,
        help="Rotate what the file held: anyone with a clone can still read it."
        if is_deleted
        else _KEEP_OUT.format(
            commit=place.commit[:10], example=".env.example" if file.kind.kind == "dotenv" else example
        ),
        fingerprint=_of_place(file.kind.kind, place),
    )


def _unread(unread: Unread, seen: Examination) -> Finding:
    return Finding(
        rule="secret/not-read",
        severity=Severity.WARNING,
        message=f"not searched for secrets: {unread.reason}",
        path=_path(unread.place, seen),
        commit=unread.place.commit,
        help="Store it unpacked and unencrypted, keep it out of git, or list it under the policy's `ignore` on the "
        "base branch.",
        fingerprint=_of_place("not-read", unread.place),
    )


def _marker(secret: NewSecret, seen: Examination) -> Finding:
    return Finding(
        rule="secret/ignore-marker",
        severity=Severity.NOTICE,
        message="the branch adds a marker that asks secret scanners to look away; it is not obeyed",
        path=_path(secret.place, seen),
        line=secret.match.line,
        commit=secret.place.commit,
        help="Remove it, or list the path under the policy's `ignore` on the base branch.",
        fingerprint=_of_place("ignore-marker", secret.place),
    )


def _elsewhere(pointer: Unread, seen: Examination) -> Finding:
    return Finding(
        rule="secret/elsewhere",
        severity=Severity.NOTICE,
        message=f"not searched for secrets: {pointer.reason}",
        path=_path(pointer.place, seen),
        commit=pointer.place.commit,
        help="Run the policy where that content lives.",
        fingerprint=_of_place("elsewhere", pointer.place),
    )


def _path(place: Place, seen: Examination) -> str | None:
    return None if place.path in seen.telling_paths else place.path


def _shown(place: Place, seen: Examination) -> str:
    return _path(place, seen) or "a file"


def _of_place(rule: str, place: Place) -> str:
    text = f"{rule}\0{place.path}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:32]


def _bounded(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    if len(findings) <= MAX_FINDINGS:
        return findings
    left = len(findings) - MAX_FINDINGS
    last = Finding(
        rule="secret/more",
        severity=max((finding.severity for finding in findings[MAX_FINDINGS:]), key=_weight),
        message=f"{_count(left, 'further finding')} of this policy not listed",
        help="Fix those listed and run again.",
    )
    return (*findings[:MAX_FINDINGS], last)


def _weight(severity: Severity) -> int:
    return (Severity.NOTICE, Severity.WARNING, Severity.ERROR).index(severity)


def _matcher(globs: tuple[str, ...]) -> Callable[[str], bool]:
    if not globs:
        return lambda _path: False
    from wcmatch import glob  # only a workflow file with globs pays for it

    flags = glob.GLOBSTAR | glob.DOTGLOB | glob.BRACE | glob.FORCEUNIX
    return lambda path: glob.globmatch(path, globs, flags=flags)
