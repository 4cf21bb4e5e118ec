"""``no-secret-changes`` over real histories."""

from __future__ import annotations

import gzip
import os
import random
import zlib
from collections.abc import Iterable, Iterator

import pytest
from msgspec.structs import replace

from gaterunner.errors import EvaluationError
from gaterunner.git import Repository as Git
from gaterunner.model import Change, Event, Finding, Outcome, PolicyResult, Severity, Skip
from gaterunner.policies.context import Blob, PolicyContext
from gaterunner.policies.listing import MAX_FINDINGS
from gaterunner.policies.no_secret_changes import Options, evaluate
from gaterunner.secrets import contents, search
from gaterunner.secrets.engine import Engine
from tests.gitrepo import Repository
from tests.secrets.credentials import CREDENTIALS, fill

TOKEN_LINE = fill('TOKEN = "{github_pat}"\n')
OTHER_LINE = fill('KEY = "{stripe_live}"\n')


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def change_of(git: Git, base: str, head: str, *, dirty: bool = False) -> Change:
    return Change(
        event=Event.LOCAL,
        base=base,
        base_tip=base,
        law=base,
        head=head,
        judged=head,
        merge=None,
        branch="feat/x",
        target="main",
        dirty=dirty,
        commits=git.commits(base, head),
        files=git.diff_files(base, head),
    )


class Judge:
    """Evaluates the policy over a range of a repository."""

    def __init__(self, repo: Repository, engine: Engine) -> None:
        self.repo = repo
        self.engine = engine
        self.base = repo.head

    def __call__(
        self, *, base: str | None = None, head: str | None = None, ignore: tuple[str, ...] = (), dirty: bool = False
    ) -> PolicyResult:
        with Git.open(self.repo.root, env=os.environ) as git:
            change = change_of(git, base or self.base, head or self.repo.head, dirty=dirty)
            context = PolicyContext(change=change, repository=git, secrets=self.engine)
            result = evaluate(context, Options(ignore=ignore))
        for value in CREDENTIALS.values():
            assert value not in repr(result), "a value left the adapter"
        return result


@pytest.fixture
def judge(repo: Repository, engine: Engine) -> Judge:
    return Judge(repo, engine)


def rules(result: PolicyResult, severity: Severity = Severity.ERROR) -> list[str]:
    return [finding.rule for finding in result.findings if finding.severity is severity]


def only(result: PolicyResult) -> Finding:
    (finding,) = result.findings
    return finding


def test_an_honest_branch_passes(repo: Repository, judge: Judge) -> None:
    repo.commit("Work", {"app.py": "print(1)\n", ".env.example": "API_TOKEN=\n"})
    result = judge()
    assert (result.outcome, result.reason, result.findings) == (Outcome.PASSED, "no new secret", ())
    assert result.observed == "2 new file contents in 1 commit, 0.0 MB read"
    assert result.expected == "no new secret in any commit, and no secret-bearing file added, changed or renamed"


def test_an_empty_change_has_nothing_to_judge(judge: Judge) -> None:
    result = judge()
    assert (result.outcome, result.skip) == (Outcome.SKIPPED, Skip.NOT_APPLICABLE)


def test_an_added_secret_fails_with_its_place_and_the_way_out(repo: Repository, judge: Judge) -> None:
    commit = repo.commit("Work", {"src/app.py": "\n\n" + TOKEN_LINE})
    result = judge()
    finding = only(result)
    assert result.outcome is Outcome.FAILED
    assert result.reason == f"github pat: added in commit {commit[:10]}"
    assert (finding.rule, finding.severity) == ("secret/github-pat", Severity.ERROR)
    assert (finding.path, finding.line, finding.commit) == ("src/app.py", 3, commit)
    assert finding.help is not None
    assert finding.help.startswith("Revoke or rotate it first")
    assert f"git rebase -i {commit[:10]}^" in finding.help
    assert finding.fingerprint is not None


def test_added_then_removed_is_still_in_the_history(repo: Repository, judge: Judge) -> None:
    commit = repo.commit("Add", {"app.py": TOKEN_LINE})
    repo.commit("Remove", {"app.py": "TOKEN = None\n"})
    assert only(judge()).commit == commit


def test_a_secret_that_is_not_committed_yet_names_no_commit_to_rewrite(repo: Repository, judge: Judge) -> None:
    repo.commit("Work", {"b.py": "b"})
    # What stands for a dirty work tree is a commit that nobody else ever sees.
    repo.commit("What the snapshot holds", {"app.py": TOKEN_LINE, "deploy/.env": "LEVEL=7c1f0a93be52\n"})
    result = judge(dirty=True)
    secret, file = result.findings
    assert result.reason == "github pat: added in the work tree, not committed yet and 1 more"
    assert result.observed == "3 new file contents in 1 commit and the work tree, 0.0 MB read"
    assert (secret.commit, file.commit) == (None, None)
    assert secret.help is not None
    assert secret.help.startswith("It is not committed yet: take it out")
    assert file.message.endswith("added in the work tree, not committed yet")
    assert file.help is not None
    assert file.help.startswith("It is not committed yet: add it to .gitignore")
    assert ".env.example" in file.help


def test_a_secret_that_is_only_staged_is_said_to_be(repo: Repository, engine: Engine) -> None:
    base = repo.head
    head = repo.commit("Work", {"b.py": "b"})
    repo.commit("What is staged", {"app.py": TOKEN_LINE})
    judged = repo.commit("What lies in the work tree", {"app.py": None})
    with Git.open(repo.root, env=os.environ) as git:
        change = replace(change_of(git, base, head, dirty=True), judged=judged, files=git.diff_files(base, judged))
        result = evaluate(PolicyContext(change=change, repository=git, secrets=engine), Options())

    assert result.reason == "github pat: added in what is staged, not committed yet"
    assert only(result).commit is None


def test_one_secret_in_many_commits_is_one_finding(repo: Repository, judge: Judge) -> None:
    first = repo.commit("Add", {"app.py": TOKEN_LINE})
    for number in range(3):
        repo.commit(f"Remove {number}", {"app.py": "\n"})
        repo.commit(f"Add {number}", {"app.py": TOKEN_LINE})
    finding = only(judge())
    assert finding.message == f"github pat: added in commit {first[:10]} and 3 later commits"


def test_a_secret_that_the_base_holds_is_no_change(repo: Repository, judge: Judge) -> None:
    judge.base = repo.commit("Old", {"app.py": TOKEN_LINE, "b.py": "b"})
    repo.commit("Edit", {"app.py": "import os\n" + TOKEN_LINE + "x = 1\n"})
    assert judge().outcome is Outcome.PASSED


def test_a_second_secret_in_a_file_that_holds_one_is_new(repo: Repository, judge: Judge) -> None:
    judge.base = repo.commit("Old", {"app.py": TOKEN_LINE})
    repo.commit("Edit", {"app.py": TOKEN_LINE + OTHER_LINE})
    assert rules(judge()) == ["secret/stripe-access-token"]


def test_rotating_an_old_secret_in_the_source_is_a_new_secret(repo: Repository, judge: Judge) -> None:
    judge.base = repo.commit("Old", {"app.py": TOKEN_LINE})
    repo.commit("Rotate", {"app.py": fill('TOKEN = "{github_app}"\n')})
    assert rules(judge()) == ["secret/github-app-token"]


def test_moving_a_file_with_an_old_secret_is_honest(repo: Repository, judge: Judge) -> None:
    judge.base = repo.commit("Old", {"old.py": TOKEN_LINE + "a = 1\n" * 20})
    repo.commit("Move", {"old.py": None, "new/name.py": TOKEN_LINE + "a = 1\n" * 20})
    repo.commit("Move and edit", {"new/name.py": None, "newer.txt": "b = 2\n" + TOKEN_LINE})
    assert judge().outcome is Outcome.PASSED


def test_copying_an_old_secret_elsewhere_is_not(repo: Repository, judge: Judge) -> None:
    judge.base = repo.commit("Old", {"old.py": TOKEN_LINE})
    repo.commit("Copy", {"copy.py": TOKEN_LINE})
    assert rules(judge()) == ["secret/github-pat"]


def test_taking_back_a_deletion_is_honest(repo: Repository, judge: Judge) -> None:
    judge.base = repo.commit("Old", {"app.py": TOKEN_LINE, "b.py": "b"})
    repo.commit("Delete", {"app.py": None})
    repo.commit("Restore", {"app.py": TOKEN_LINE})
    assert judge().outcome is Outcome.PASSED


def test_an_old_secret_in_a_line_that_another_rule_now_sees_is_no_news(repo: Repository, judge: Judge) -> None:
    judge.base = repo.commit("Old", {"app.py": fill('password = "{password_plain}"\n')})
    repo.commit("Edit", {"app.py": fill('url = "postgresql://app:{password_plain}@db.acme.io/app"\n')})
    assert judge().outcome is Outcome.PASSED


def test_what_was_merged_in_from_the_target_is_not_the_branchs(repo: Repository, judge: Judge) -> None:
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"work.py": "w = 1\n"})
    repo.switch("main")
    target = repo.commit("Theirs", {"theirs.py": TOKEN_LINE})
    repo.switch("feat/x")
    repo.merge("main")
    assert judge(base=target).outcome is Outcome.PASSED


def test_content_that_only_a_merge_commit_holds_is_found(repo: Repository, judge: Judge) -> None:
    repo.switch("feat/x", create=True)
    repo.commit("Work", {"work.py": "w = 1\n"})
    repo.switch("main")
    target = repo.commit("Theirs", {"theirs.py": "t = 1\n"})
    repo.switch("feat/x")
    repo.git("merge", "-q", "--no-ff", "--no-commit", "main")
    merge = repo.commit("Merge main", {"work.py": "w = 1\n" + TOKEN_LINE, "evil.py": OTHER_LINE})
    result = judge(base=target)
    assert sorted(rules(result)) == ["secret/github-pat", "secret/stripe-access-token"]
    assert {finding.commit for finding in result.findings} == {merge}


def test_attributes_hide_nothing(repo: Repository, judge: Judge) -> None:
    repo.commit("Work", {".gitattributes": "* -diff binary linguist-generated\n", "app.py": TOKEN_LINE})
    assert rules(judge()) == ["secret/github-pat"]


def test_utf16_and_archives_hide_nothing(repo: Repository, judge: Judge) -> None:
    repo.commit("Work", {"a.txt": TOKEN_LINE.encode("utf-16"), "b.bin": gzip.compress(OTHER_LINE.encode())})
    assert sorted(rules(judge())) == ["secret/github-pat", "secret/stripe-access-token"]


def test_ignore_markers_are_told_and_not_obeyed(repo: Repository, judge: Judge) -> None:
    repo.commit("Work", {"app.py": TOKEN_LINE.rstrip() + "  # gitleaks:allow\n"})
    result = judge()
    assert rules(result) == ["secret/github-pat"]
    assert rules(result, Severity.NOTICE) == ["secret/ignore-marker"]


def test_an_ignore_marker_that_the_base_holds_is_no_news(repo: Repository, judge: Judge) -> None:
    judge.base = repo.commit("Old", {"app.py": "x = 1  # gitleaks:allow\n"})
    repo.commit("Work", {"app.py": "y = 2\nx = 1  # gitleaks:allow\n"})
    assert judge().findings == ()


def test_a_link_that_points_to_a_secret_is_read(repo: Repository, judge: Judge) -> None:
    (repo.root / "link").symlink_to(CREDENTIALS["github_pat"])
    repo.commit("Link")
    assert rules(judge()) == ["secret/github-pat"]


def test_a_file_named_after_a_secret_is_found_and_not_named(repo: Repository, judge: Judge) -> None:
    repo.commit("Work", {f"notes/{CREDENTIALS['github_pat']}.txt": OTHER_LINE})
    result = judge()
    assert rules(result) == ["secret/stripe-access-token", "secret/in-file-name"]
    assert all(finding.path is None for finding in result.findings)


def test_paths_of_any_bytes_are_read(repo: Repository, judge: Judge) -> None:
    names = ["with space.py", "with\nnewline.py", 'quote".py', os.fsdecode(b"not-utf8-\xff.py")]
    repo.commit("Work", dict.fromkeys(names, TOKEN_LINE))
    assert sorted(str(finding.path) for finding in judge().findings) == sorted(names)


# --- secret-bearing files ------------------------------------------------------------------------------------------


def test_adding_an_environment_file_fails(repo: Repository, judge: Judge) -> None:
    commit = repo.commit("Work", {".env": "REGION=eu-central\n"})
    finding = only(judge())
    assert finding.rule == "secret-file/dotenv"
    assert finding.message == f"environment file added in commit {commit[:10]}"
    assert finding.help is not None
    assert ".env.example" in finding.help


@pytest.mark.parametrize("change", ["edit", "rename", "make executable"])
def test_touching_a_secret_bearing_file_fails(repo: Repository, judge: Judge, change: str) -> None:
    judge.base = repo.commit("Old", {".env": "REGION=eu-central\n"})
    if change == "edit":
        repo.write({".env": "REGION=eu-west\n"})
    elif change == "rename":
        repo.git("mv", ".env", "web.env")
    else:
        (repo.root / ".env").chmod(0o755)
    repo.commit("Change")
    assert rules(judge()) == ["secret-file/dotenv"]


def test_deleting_a_secret_bearing_file_is_welcome_but_not_enough(repo: Repository, judge: Judge) -> None:
    judge.base = repo.commit("Old", {".env": "REGION=eu-central\n"})
    commit = repo.commit("Delete", {".env": None})
    result = judge()
    assert result.outcome is Outcome.PASSED
    assert only(result).severity is Severity.NOTICE
    assert (
        only(result).message == f"environment file deleted in commit {commit[:10]}; the history still holds what it was"
    )


def test_one_credential_is_told_once(repo: Repository, judge: Judge) -> None:
    repo.commit("Work", {"id_rsa": fill("{ssh_key}\n")})
    assert rules(judge()) == ["secret/private-key"]


# --- what cannot be read -------------------------------------------------------------------------------------------


def test_an_archive_that_cannot_be_opened_is_errored(repo: Repository, judge: Judge) -> None:
    repo.commit("Work", {"a/data.7z": b"7z\xbc\xaf\x27\x1c" + b"x" * 40})
    result = judge()
    assert result.outcome is Outcome.ERRORED
    assert result.reason == "a/data.7z could not be searched for secrets"
    assert only(result).message == "not searched for secrets: 7-Zip archives cannot be opened"


def test_a_content_of_any_size_is_searched_in_pieces(
    repo: Repository, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_BLOB_BYTES", 1 << 20)
    monkeypatch.setattr(search, "WINDOW", 1 << 20)
    lines = b"x" * 99 + b"\n"
    repo.commit("Work", {"big.bin": lines * 30_000 + TOKEN_LINE.encode() + lines * 10_000, "other.bin": lines * 20_000})
    result = judge()
    assert rules(result) == ["secret/github-pat"]
    assert only(result).line == 30_001
    assert result.observed == "2 new file contents in 1 commit, 6.0 MB read"


def test_a_secret_that_lies_across_two_pieces_is_found_once(
    repo: Repository, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_BLOB_BYTES", 1 << 20)
    monkeypatch.setattr(search, "WINDOW", 1 << 20)
    # The first piece holds a window and what the next one repeats of it.
    for end in ((1 << 20), (1 << 20) + search.OVERLAP):
        judge.base = repo.head
        repo.commit("Work", {f"{end}.bin": b" " * (end - 20) + TOKEN_LINE.encode() + b" " * (1 << 20)})
        assert rules(judge()) == ["secret/github-pat"]


def test_a_large_archive_is_opened_from_the_disk(
    repo: Repository, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_BLOB_BYTES", 1 << 16)
    monkeypatch.setattr(search, "WINDOW", 1 << 16)
    noise = random.Random(1).randbytes(200_000).hex().encode()  # noqa: S311 - must only be hard to compress
    repo.commit("Work", {"data.bin": gzip.compress(noise + b"\n" + TOKEN_LINE.encode() + noise)})
    assert only(judge()).message.startswith("github pat, inside an archive: added")


def test_a_large_file_that_was_tampered_with_is_an_error(
    repo: Repository, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_BLOB_BYTES", 1 << 10)
    repo.commit("Work", {"app.py": TOKEN_LINE * 100})
    blob = repo.git("rev-parse", "HEAD:app.py")
    file = repo.root / ".git" / "objects" / blob[:2] / blob[2:]
    file.chmod(0o644)
    file.write_bytes(zlib.compress(b"blob 4000\0" + b"x" * 4000))
    with pytest.raises(EvaluationError, match=f"object {blob} does not hold the content"):
        judge()


def test_a_secret_beside_an_unreadable_file_fails(repo: Repository, judge: Judge) -> None:
    repo.commit("Work", {"data.7z": b"7z\xbc\xaf\x27\x1c" + b"x" * 40, "app.py": TOKEN_LINE})
    assert judge().outcome is Outcome.FAILED


def test_content_outside_the_repository_is_said_to_be_unread(repo: Repository, judge: Judge) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12\n"
    repo.write({"model.bin": pointer})
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.head},vendor/lib")
    repo.git("add", "model.bin")
    repo.git("commit", "-q", "-m", "Point elsewhere")
    result = judge()
    assert result.outcome is Outcome.PASSED
    assert [(finding.path, finding.message) for finding in result.findings] == [
        ("vendor/lib", "not searched for secrets: a submodule points to another repository"),
        ("model.bin", "not searched for secrets: the content lies in Git LFS"),
    ]


class ForgetfulRepository:
    """Gives back fewer contents than it was asked for."""

    def __init__(self, git: Git) -> None:
        self.records = git.records

    def blobs(self, ids: Iterable[str], *, max_bytes: int | None = None) -> Iterator[Blob]:
        return iter(())


def test_contents_that_were_not_read_are_never_clean(repo: Repository, engine: Engine) -> None:
    base = repo.head
    repo.commit("Work", {"app.py": TOKEN_LINE})
    with Git.open(repo.root, env=os.environ) as git:
        context = PolicyContext(
            change=change_of(git, base, repo.head),
            repository=ForgetfulRepository(git),  # type: ignore[arg-type] # has the two methods that matter here
            secrets=engine,
        )
        with pytest.raises(EvaluationError, match="Only 0 of 1 new file contents were read"):
            evaluate(context, Options())


def test_a_missing_content_is_an_error(repo: Repository, judge: Judge) -> None:
    repo.commit("Work", {"app.py": TOKEN_LINE})
    blob = repo.git("rev-parse", "HEAD:app.py")
    with Git.open(repo.root, env=os.environ) as git:
        context = PolicyContext(change=change_of(git, judge.base, repo.head), repository=git, secrets=judge.engine)
        (repo.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
        with pytest.raises(EvaluationError, match="missing"):
            evaluate(context, Options())


# --- options and bounds --------------------------------------------------------------------------------------------


def test_ignored_paths_are_counted(repo: Repository, judge: Judge) -> None:
    repo.commit("Work", {"tests/data/a.py": TOKEN_LINE, "tests/data/.env": "A=b12\n", "app.py": "x = 1\n"})
    result = judge(ignore=("tests/data/**",))
    assert result.outcome is Outcome.PASSED
    assert result.observed.endswith("read, 2 paths ignored as configured")


def test_the_report_stays_bounded(repo: Repository, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaterunner.policies.listing.MAX_FINDINGS", 5)
    repo.commit("Work", {f"{number}.py": TOKEN_LINE for number in range(12)})
    result = judge()
    assert MAX_FINDINGS == 100
    assert len(result.findings) == 5
    assert result.findings[-1].message == "8 further findings of this policy are not listed"
    assert result.reason.endswith("and 11 more")


def test_the_fingerprint_follows_the_secret_and_not_its_line(repo: Repository, judge: Judge) -> None:
    repo.commit("Work", {"app.py": TOKEN_LINE})
    first = only(judge()).fingerprint
    judge.base = repo.commit("Clean", {"app.py": "\n"})
    repo.commit("Again", {"other.py": "\n\n\n" + TOKEN_LINE})
    assert only(judge()).fingerprint == first
