"""``no-secret-changes``: no commit of the range adds a secret or touches a file that holds one.

Looks at every commit and not only at the result, because what was committed once is public once the branch is pushed,
whether or not a later commit removes it. A branch cannot switch the policy off: ignore markers in its files, its
``.gitattributes`` and its own copy of the workflow file change nothing. Why each rule is as it is:
docs/policies/no-secret-changes.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from gaterunner.errors import EvaluationError
from gaterunner.fingerprints import fingerprint
from gaterunner.globs import Globs
from gaterunner.model import Finding, Outcome, PolicyResult, Severity
from gaterunner.policies.context import PolicyContext, SecretScanner
from gaterunner.policies.levels import Level, levelled
from gaterunner.policies.listing import MAX_FINDINGS, bounded, not_applicable
from gaterunner.secrets.ci import ALL, NAMED, VARIABLE
from gaterunner.secrets.history import Examination, NewReference, NewSecret, Noted, examine
from gaterunner.secrets.inventory import Place
from gaterunner.secrets.touched import Deed, TouchedFile

NAME = "no-secret-changes"

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
_TAKE_OUT = (
    "It is not committed yet: take it out and read it from the environment or a secret store instead, or add the file "
    "to .gitignore. Rotate it if anyone else could have seen it."
)
_LEAVE_OUT = (
    "It is not committed yet: add it to .gitignore, or undo the edit of a file that git follows. A copy without values "
    "can be kept under a name such as `{example}`."
)

_TAKES_AWAY = (Deed.DELETED, Deed.EMPTIED)
_SEVERITIES = {Deed.DELETED: Severity.NOTICE, Deed.EMPTIED: Severity.NOTICE, Deed.LINK_ADDED: Severity.WARNING}
_LINK_INSIDE = (
    "Let the link point to a file of this repository by a relative path, or let what needs the file be told its path. "
    "A link out of the tree shows whoever follows it what lies on that machine: `git rm {path}`."
)
_ASK_FOR_REVIEW = {
    NAMED: "Leave the reference out unless the change needs it. If it does, somebody with write access who did not "
    "write this branch has to approve this very commit; a secret that only protected branches or environments are "
    "given is safer still.",
    ALL: "Name the secrets that are needed, one by one (`secrets: {TOKEN: ${{ secrets.TOKEN }}}`): this hands over all "
    "that there are, and those that are added later.",
    VARIABLE: "See what the job does with it. The system hands every secret to every job, so only protected branches "
    "and environments keep one from a branch.",
}
_REFERS = {
    NAMED: "refers to a secret of the CI system that it did not refer to before",
    ALL: "hands over all secrets of the CI system, or one that is chosen at run time",
    VARIABLE: "uses a variable that is called like a credential and that it did not use before",
}

RuleName = Literal[
    "symlink-outside",
    "ci-secret",
    "ci-all-secrets",
    "ci-variable",
    "dotenv",
    "private-key",
    "keystore",
    "kubeconfig",
    "service-account",
    "npmrc",
    "pypirc",
    "terraform-state",
    "netrc",
    "htpasswd",
    "git-credentials",
    "aws-credentials",
    "docker-config",
    "pgpass",
    "rails-master-key",
    "vault-password",
]
"""What a workflow file may give another weight: neither a secret itself nor a content that nobody could read."""

_TELLING_PATH = Finding(
    rule="secret/in-file-name",
    severity=Severity.ERROR,
    message="a file is named after a secret; its name is not shown",
    help="Revoke or rotate the secret, rename the file, and take the old name out of the branch's history.",
)


class _Judged(Struct, frozen=True):
    """What was seen, and the commit that stands for what is not committed yet: nobody else ever sees that one.

    Of ``committed`` are the branch's own commits; before the snapshot there may be one of what is staged.
    """

    seen: Examination
    snapshot: str | None
    committed: frozenset[str]

    def path(self, place: Place) -> str | None:
        return None if place.path in self.seen.telling_paths else place.path

    def commit(self, place: Place) -> str | None:
        if self.snapshot is None or (place.commit != self.snapshot and place.commit in self.committed):
            return place.commit
        return None

    def where(self, place: Place) -> str:
        commit = self.commit(place)
        if commit:
            return f"in commit {commit[:10]}"
        return f"in {'the work tree' if place.commit == self.snapshot else 'what is staged'}, not committed yet"

    def help(self, place: Place, *, committed: str, uncommitted: str, example: str = "") -> str:
        commit = self.commit(place)
        return (committed if commit else uncommitted).format(commit=(commit or "")[:10], example=example)


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``ignore``: globs of paths that are not scanned, relative to the root; counted in what was observed.

    ``rules`` says how much a rule weighs that is about a file, a link or a reference and not about a secret found.
    """

    ignore: tuple[str, ...] = ()
    rules: dict[RuleName, Level] = {}


def evaluate(context: PolicyContext, options: Options) -> PolicyResult:
    """Scans base..judged. Raises ``EvaluationError`` when git or the engine fails."""
    change = context.change
    if change.is_empty:
        return not_applicable(NAME, "the change is empty", expected=_EXPECTED)
    records = context.repository.records(change.base, change.judged)
    seen = examine(
        records,
        context.repository,
        context.secrets,
        _matcher(options.ignore),
        final=frozenset(file.new_blob for file in change.files),
    )
    if change.files and not seen.commits:
        raise EvaluationError(
            f"{len(change.files)} changed files were told, but no commit that changes one could be read.",
            help="Fetch the branch's whole history (`fetch-depth: 0` in a workflow).",
        )
    judged = _Judged(seen, change.judged if change.dirty else None, frozenset(commit.sha for commit in change.commits))
    findings = tuple(_findings(judged, context.secrets, options.rules))
    outcome, reason = _judge(judged, findings)
    return PolicyResult(
        name=NAME,
        outcome=outcome,
        reason=reason,
        observed=_observed(judged),
        expected=_EXPECTED,
        findings=bounded(findings),
    )


def _judge(judged: _Judged, findings: tuple[Finding, ...]) -> tuple[Outcome, str]:
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if errors:
        first = next(finding for finding in findings if finding.severity is Severity.ERROR)
        more = f" and {errors - 1} more" if errors > 1 else ""
        return Outcome.FAILED, f"{first.message}{more}"
    unread = judged.seen.unread
    if unread:
        more = f" and {len(unread) - 1} more" if len(unread) > 1 else ""
        return Outcome.ERRORED, f"{judged.path(unread[0].place) or 'a file'}{more} could not be searched for secrets"
    return Outcome.PASSED, "no new secret"


def _observed(judged: _Judged) -> str:
    seen = judged.seen
    ignored = f", {_count(seen.ignored, 'path')} ignored as configured" if seen.ignored else ""
    contents = _count(seen.blobs, "new file content")
    commits = _count(seen.commits - bool(judged.snapshot), "commit")
    where = f"{commits} and the work tree" if judged.snapshot else commits
    return f"{contents} in {where}, {seen.bytes / 1e6:.1f} MB read{ignored}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _findings(judged: _Judged, scanner: SecretScanner, rules: Mapping[RuleName, Level]) -> Iterator[Finding]:
    seen = judged.seen
    secrets = [secret for secret in seen.secrets if secret.match.rule != _IGNORE_MARKER]
    told = {secret.place.path for secret in secrets}
    for number, secret in enumerate(secrets):
        # The slow hash is only for what is shown.
        yield _secret(secret, judged, scanner.fingerprint(secret.match) if number < MAX_FINDINGS else None)
    yield from (_TELLING_PATH for _ in range(seen.added_telling_paths))
    # One credential is told once: its file is not pointed at again.
    yield from levelled((_file(file, judged) for file in seen.files if file.place.path not in told), rules)
    yield from levelled((_link(link, judged) for link in seen.links), rules)
    yield from levelled((_reference(reference, judged, scanner) for reference in seen.references), rules)
    yield from (_unread(unread, judged) for unread in seen.unread)
    yield from (_marker(secret, judged) for secret in seen.secrets if secret.match.rule == _IGNORE_MARKER)
    yield from (_elsewhere(pointer, judged) for pointer in seen.elsewhere)


def _secret(secret: NewSecret, judged: _Judged, fingerprint: str | None) -> Finding:
    more = f" and {_count(secret.commits - 1, 'later commit')}" if secret.commits > 1 else ""
    return Finding(
        rule=f"secret/{secret.match.rule}",
        severity=Severity.ERROR,
        message=f"{secret.match.title}: added {judged.where(secret.place)}{more}",
        path=judged.path(secret.place),
        line=secret.match.line,
        commit=judged.commit(secret.place),
        help=judged.help(secret.place, committed=_ROTATE, uncommitted=_TAKE_OUT),
        fingerprint=fingerprint,
        content=secret.place.blob,
    )


def _file(file: TouchedFile, judged: _Judged) -> Finding:
    place, deed = file.place, file.deed
    where = "" if file.origin is None or file.origin in judged.seen.telling_paths else f" from {file.origin}"
    message = f"{file.kind.title} {deed}{where} {judged.where(place)}"
    example = ".env.example" if file.kind.kind == "dotenv" else f"{place.path.rsplit('/', 1)[-1]}.example"
    return Finding(
        rule=f"secret-file/{file.kind.kind}",
        severity=_SEVERITIES.get(deed, Severity.ERROR),
        message=f"{message}; the history still holds what it was" if deed in _TAKES_AWAY else message,
        path=judged.path(place),
        commit=judged.commit(place),
        help="Rotate what the file held: anyone with a clone can still read it."
        if deed in _TAKES_AWAY
        else judged.help(place, committed=_KEEP_OUT, uncommitted=_LEAVE_OUT, example=example),
        fingerprint=_of_place(file.kind.kind, place),
        content=place.blob,
    )


def _link(link: Noted, judged: _Judged) -> Finding:
    path = judged.path(link.place)
    return Finding(
        rule="secret/symlink-outside",
        severity=Severity.ERROR,
        message=f"a symbolic link leads {link.reason}: added {judged.where(link.place)}",
        path=path,
        commit=judged.commit(link.place),
        help=_LINK_INSIDE.format(path=path or "the link"),
        fingerprint=_of_place("symlink-outside", link.place),
        content=link.place.blob,
        approvable=True,
    )


def _reference(new: NewReference, judged: _Judged, scanner: SecretScanner) -> Finding:
    rule, name, place = new.reference.rule, new.reference.name, new.place
    # A name is no secret, unless somebody wrote one where a name belongs.
    shown = f" ({name})" if not scanner.scan("name", name.encode("utf-8", "surrogateescape")) else ""
    return Finding(
        rule=f"secret/{rule}",
        severity=Severity.WARNING if rule == VARIABLE else Severity.ERROR,
        message=f"the file {_REFERS[rule]}{shown}: added {judged.where(place)}",
        path=judged.path(place),
        line=new.reference.line,
        commit=judged.commit(place),
        help=_ASK_FOR_REVIEW[rule],
        fingerprint=_of_place("\0".join(new.reference.key), place),
        content=place.blob,
        approvable=True,
    )


def _unread(unread: Noted, judged: _Judged) -> Finding:
    return Finding(
        rule="secret/not-read",
        severity=Severity.WARNING,
        message=f"not searched for secrets: {unread.reason}",
        path=judged.path(unread.place),
        commit=judged.commit(unread.place),
        help="Store it unpacked and unencrypted, keep it out of git, or list it under the policy's `ignore` on the "
        "base branch.",
        fingerprint=_of_place("not-read", unread.place),
        content=unread.place.blob,
    )


def _marker(secret: NewSecret, judged: _Judged) -> Finding:
    return Finding(
        rule="secret/ignore-marker",
        severity=Severity.NOTICE,
        message="the branch adds a marker that asks secret scanners to look away; it is not obeyed",
        path=judged.path(secret.place),
        line=secret.match.line,
        commit=judged.commit(secret.place),
        help="Remove it, or list the path under the policy's `ignore` on the base branch.",
        fingerprint=_of_place("ignore-marker", secret.place),
        content=secret.place.blob,
    )


def _elsewhere(pointer: Noted, judged: _Judged) -> Finding:
    return Finding(
        rule="secret/elsewhere",
        severity=Severity.NOTICE,
        message=f"not searched for secrets: {pointer.reason}",
        path=judged.path(pointer.place),
        commit=judged.commit(pointer.place),
        help="Run the policy where that content lives.",
        fingerprint=_of_place("elsewhere", pointer.place),
        content=pointer.place.blob,
    )


def _of_place(rule: str, place: Place) -> str:
    return fingerprint(rule, place.path)


def _matcher(globs: tuple[str, ...]) -> Callable[[str], bool]:
    if not globs:
        return lambda _path: False
    return Globs(globs).matches
