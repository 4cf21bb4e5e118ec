"""``no-secret-changes`` over what is no secret itself: files that hold some, links, references of a CI system."""

from __future__ import annotations

import pytest

from gaterunner.model import Finding, Outcome, PolicyResult, Severity
from gaterunner.policies.no_secret_changes import Options
from tests.gitrepo import Repository
from tests.policies.judging import judge_policy
from tests.secrets.credentials import CREDENTIALS, fill

ENV = "REGION=eu-central\n"


def judge(repo: Repository, options: Options | None = None) -> PolicyResult:
    return judge_policy(repo, "no-secret-changes", options)


def only(result: PolicyResult) -> Finding:
    (finding,) = result.findings
    return finding


def told(result: PolicyResult) -> list[tuple[str, str, str | None]]:
    return [(finding.rule, finding.severity.value, finding.path) for finding in result.findings]


@pytest.fixture
def branch(repo: Repository) -> Repository:
    repo.commit("Old", {".env": ENV, "app.py": "print(1)\n"})
    repo.switch("feat/x", create=True)
    return repo


def linked(repo: Repository, path: str, target: str) -> None:
    (repo.root / path).parent.mkdir(parents=True, exist_ok=True)
    (repo.root / path).unlink(missing_ok=True)
    (repo.root / path).symlink_to(target)


# --- secret-bearing files ------------------------------------------------------------------------------------------


def test_a_secret_bearing_file_that_becomes_executable_is_told_so(branch: Repository) -> None:
    (branch.root / ".env").chmod(0o755)
    commit = branch.commit("Change")
    assert only(judge(branch)).message == (f"environment file made executable or no longer so in commit {commit[:10]}")


def test_a_secret_bearing_file_that_becomes_a_link_is_told_so(branch: Repository) -> None:
    linked(branch, ".env", "app.py")
    commit = branch.commit("Change")
    finding = only(judge(branch))
    assert (finding.severity, finding.rule) == (Severity.ERROR, "secret-file/dotenv")
    assert finding.message == f"environment file turned into a symbolic link in commit {commit[:10]}"


def test_a_new_link_that_is_called_like_one_is_only_pointed_at(branch: Repository) -> None:
    linked(branch, "web/.env.local", "../app.py")
    branch.commit("Change")
    assert told(judge(branch)) == [("secret-file/dotenv", "warning", "web/.env.local")]


@pytest.mark.parametrize("name", ["web.env", "settings.txt"])
def test_renaming_it_says_what_it_was(branch: Repository, name: str) -> None:
    branch.git("mv", ".env", name)
    commit = branch.commit("Change")
    error, notice = judge(branch).findings
    assert (error.rule, error.path) == ("secret-file/dotenv", name)
    assert error.message == f"environment file renamed from .env in commit {commit[:10]}"
    assert (notice.severity, notice.path) == (Severity.NOTICE, ".env")


def test_a_file_that_becomes_a_template_is_only_taken_away(branch: Repository) -> None:
    branch.git("mv", ".env", ".env.example")
    branch.commit("Change")
    assert told(judge(branch)) == [("secret-file/dotenv", "notice", ".env")]


def test_a_deletion_excuses_nothing_that_comes_after_it(branch: Repository) -> None:
    branch.commit("Delete", {".env": None})
    branch.commit("Come back", {".env": "REGION=eu-west\n"})
    assert told(judge(branch)) == [("secret-file/dotenv", "error", ".env")]


def test_emptying_it_is_welcome_but_not_enough(branch: Repository) -> None:
    branch.commit("Empty", {".env": "REGION=\n"})
    finding = only(judge(branch))
    assert finding.severity is Severity.NOTICE
    assert "emptied" in finding.message
    assert finding.message.endswith("; the history still holds what it was")


def test_a_pointer_is_taken_for_what_its_name_says(branch: Repository) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12\n"
    branch.commit("Store it elsewhere", {"deploy/.env": pointer})
    assert told(judge(branch)) == [
        ("secret-file/dotenv", "error", "deploy/.env"),
        ("secret/elsewhere", "notice", "deploy/.env"),
    ]


def test_what_only_begins_like_a_pointer_is_an_ordinary_file(branch: Repository) -> None:
    branch.commit(
        "Work", {"a.txt": "version https://git-lfs.github.com/spec/v1\n" + "x\n" * 600 + fill("{github_pat}\n")}
    )
    assert told(judge(branch)) == [("secret/github-pat", "error", "a.txt")]


def test_a_deleted_file_that_is_named_after_a_secret_is_not_named(repo: Repository) -> None:
    repo.commit("Old", {f"{CREDENTIALS['github_pat']}/.env": ENV})
    repo.switch("feat/x", create=True)
    repo.commit("Delete", {f"{CREDENTIALS['github_pat']}/.env": None})
    result = judge(repo)
    assert only(result).path is None
    assert CREDENTIALS["github_pat"] not in repr(result)


def test_each_finding_names_the_content_that_a_waiver_has_to_name(branch: Repository) -> None:
    branch.commit("Work", {"a.py": fill("x = '{github_pat}'\n"), "web/.env": "REGION=eu-west\n"})
    linked(branch, "out", "/etc/hosts")
    branch.commit("Link")
    found = {finding.path: finding.content for finding in judge(branch).findings}
    assert found == {path: branch.git("rev-parse", f"HEAD:{path}") for path in ("a.py", "web/.env", "out")}


# --- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "target", "where"),
    [
        ("docs/a", "/etc/passwd", "to an absolute path"),
        ("docs/a", "C:\\Users", "to an absolute path"),
        ("docs/a", "../../key", "out of the repository"),
        ("a", "..", "out of the repository"),
        ("docs/a", "../.git/config", "into git's own folder"),
        ("docs/a", "b/../../app.py", "up again after a way down, which may be out of the repository"),
    ],
)
def test_a_link_out_of_the_tree_fails(branch: Repository, path: str, target: str, where: str) -> None:
    linked(branch, path, target)
    commit = branch.commit("Link")
    result = judge(branch)
    finding = only(result)
    assert result.outcome is Outcome.FAILED
    assert (finding.rule, finding.path, finding.approvable) == ("secret/symlink-outside", path, True)
    assert finding.message == f"a symbolic link leads {where}: added in commit {commit[:10]}"
    assert finding.help is not None
    assert finding.help.endswith(f"`git rm {path}`.")


@pytest.mark.parametrize(
    ("path", "target"), [("docs/a", "../app.py"), ("a", "docs"), ("a", "./app.py"), ("d/e/f", "../..")]
)
def test_a_link_inside_the_tree_is_honest(branch: Repository, path: str, target: str) -> None:
    linked(branch, path, target)
    branch.commit("Link")
    assert judge(branch).findings == ()


def test_a_file_that_becomes_a_link_with_the_same_bytes_is_seen(repo: Repository) -> None:
    repo.commit("Old", {"a": "/etc/passwd"})
    repo.switch("feat/x", create=True)
    linked(repo, "a", "/etc/passwd")
    repo.commit("Link")
    assert told(judge(repo)) == [("secret/symlink-outside", "error", "a")]


def test_a_link_that_moves_may_lead_elsewhere(branch: Repository) -> None:
    linked(branch, "docs/a", "../app.py")
    branch.commit("Link")
    branch.git("mv", "docs/a", "a")
    branch.commit("Move")
    assert told(judge(branch)) == [("secret/symlink-outside", "error", "a")]


# --- references of a CI system ---------------------------------------------------------------------------------------

BUILD = """\
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    env:
      TOKEN: ${{ secrets.GITHUB_TOKEN }}
      OLD: ${{ secrets.OLD_ONE }}
    steps:
      - run: make
"""


@pytest.fixture
def workflow(repo: Repository) -> Repository:
    repo.commit("Old", {".github/workflows/build.yml": BUILD})
    repo.switch("feat/x", create=True)
    return repo


@pytest.mark.parametrize(
    ("line", "rule", "name"),
    [
        ("      - run: deploy ${{ secrets.NEW_ONE }}\n", "ci-secret", "NEW_ONE"),
        ("      - run: deploy ${{ secrets['new_one'] }}\n", "ci-secret", "new_one"),
        ("      - run: deploy ${{ SECRETS . New_One }}\n", "ci-secret", "New_One"),
        ('      - run: "deploy ${{ secr\\x65ts.NEW_ONE }}"\n', "ci-secret", "NEW_ONE"),
        ('      - run: "deploy ${{ secr\\\n          ets.NEW_ONE }}"\n', "ci-secret", "NEW_ONE"),
        ("      - run: deploy ${{ toJSON(secrets) }}\n", "ci-all-secrets", "the whole secrets context"),
        ("      - run: deploy ${{ secrets[matrix.name] }}\n", "ci-all-secrets", "the whole secrets context"),
        ("      - run: deploy ${{ join(secrets.*) }}\n", "ci-all-secrets", "the whole secrets context"),
        ("  more:\n    uses: ./a.yml\n    secrets: inherit\n", "ci-all-secrets", "secrets: inherit"),
        ("  more:\n    name: &all inherit\n    secrets: *all\n", "ci-all-secrets", "secrets: inherit"),
    ],
)
def test_a_new_reference_to_a_secret_needs_approval(workflow: Repository, line: str, rule: str, name: str) -> None:
    workflow.commit("Deploy", {".github/workflows/build.yml": BUILD + line})
    finding = only(judge(workflow))
    assert (finding.rule, finding.severity, finding.approvable) == (f"secret/{rule}", Severity.ERROR, True)
    assert finding.path == ".github/workflows/build.yml"
    assert finding.line is not None
    assert finding.line > BUILD.count("\n")
    assert f"({name}): added in commit" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        BUILD.replace("make", "make all ${{ secrets.OLD_ONE }}"),
        BUILD + "      # - run: deploy ${{ secrets.NEW_ONE }}\n",
        BUILD + "      - run: echo ${{ format('the secrets {0}', 1) }} ${{ inputs.secrets }}\n",
        BUILD + "      - run: echo secrets.NEW_ONE\n",
        BUILD.replace("${{ secrets.OLD_ONE }}", "none"),
    ],
)
def test_what_refers_to_nothing_new_is_quiet(workflow: Repository, text: str) -> None:
    workflow.commit("Work", {".github/workflows/build.yml": text})
    assert judge(workflow).findings == ()


def test_a_workflow_that_moves_brings_nothing_new(workflow: Repository) -> None:
    moved = BUILD.replace("make", "make all")
    workflow.commit("Move", {".github/workflows/build.yml": None, ".github/workflows/ci.yaml": moved})
    assert judge(workflow).findings == ()


def test_a_reference_that_a_later_commit_removes_has_been_there(workflow: Repository) -> None:
    commit = workflow.commit("Deploy", {".github/workflows/x.yml": "a: ${{ secrets.NEW_ONE }}\n"})
    workflow.commit("Clean up", {".github/workflows/x.yml": None})
    assert only(judge(workflow)).commit == commit


def test_a_workflow_that_cannot_be_parsed_is_read_as_text(workflow: Repository) -> None:
    workflow.commit("Deploy", {".github/workflows/x.yml": "a: [\nb: ${{ secrets.NEW_ONE }}\n'secrets': inherit\n"})
    assert [finding.rule for finding in judge(workflow).findings] == ["secret/ci-secret", "secret/ci-all-secrets"]


def test_a_secret_in_the_place_of_a_name_is_not_shown(workflow: Repository) -> None:
    text = fill("a: ${{ secrets['{github_pat}'] }}\n")
    workflow.commit("Deploy", {".github/workflows/x.yml": text})
    result = judge(workflow)
    assert [finding.rule for finding in result.findings] == ["secret/github-pat", "secret/ci-secret"]
    assert CREDENTIALS["github_pat"].upper() not in repr(result).upper()


@pytest.mark.parametrize(
    ("path", "text", "rule", "severity"),
    [
        (".gitlab-ci.yml", "a:\n  script: deploy $DEPLOY_TOKEN\n", "ci-variable", Severity.WARNING),
        (".circleci/config.yml", "w:\n  - deploy:\n      context: [prod]\n", "ci-secret", Severity.ERROR),
        ("azure-pipelines.yml", "variables:\n  - group: prod\n", "ci-secret", Severity.ERROR),
        ("azure-pipelines.yml", "steps:\n  - script: deploy $(deployToken)\n", "ci-secret", Severity.ERROR),
        ("bitbucket-pipelines.yml", "a:\n  - deploy ${AWS_SECRET_ACCESS_KEY}\n", "ci-variable", Severity.WARNING),
        (".drone.yml", "a:\n  from_secret: prod\n", "ci-secret", Severity.ERROR),
        (".travis.yml", "env:\n  - secure: abc\n", "ci-secret", Severity.ERROR),
        ("ops/Jenkinsfile", "withCredentials([string(credentialsId: 'prod')]) {}\n", "ci-secret", Severity.ERROR),
        (".github/dependabot.yml", "a: ${{ secrets.NEW_ONE }}\n", "ci-secret", Severity.ERROR),
    ],
)
def test_other_systems_are_known(workflow: Repository, path: str, text: str, rule: str, severity: Severity) -> None:
    workflow.commit("Deploy", {path: text})
    finding = only(judge(workflow))
    assert (finding.rule, finding.severity) == (f"secret/{rule}", severity)


def test_a_variable_that_the_file_sets_itself_is_no_secret(workflow: Repository) -> None:
    text = "variables: {DB_PASSWORD: db}\na:\n  script: [deploy $DB_PASSWORD $CI_JOB_TOKEN $HOME]\n"
    workflow.commit("Deploy", {".gitlab-ci.yml": text})
    assert judge(workflow).findings == ()


# --- submodules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["https://x-access-token:{github_app}@github.com/a/b.git", "https://{gitlab_pat}@gitlab.com/a/b.git",
            "https://deploy:{password_plain}@git.acme.io/a/b.git", "https://{hex40}@git.acme.io/a/b.git"]
)  # fmt: skip
def test_a_login_in_a_submodules_address_is_found(branch: Repository, url: str) -> None:
    branch.commit("Use b", {".gitmodules": f'[submodule "b"]\n\tpath = b\n\turl = {fill(url)}\n'})
    assert judge(branch).outcome is Outcome.FAILED


# --- weights ---------------------------------------------------------------------------------------------------------


def test_the_base_may_give_files_and_references_another_weight(branch: Repository) -> None:
    linked(branch, "out", "/etc/hosts")
    branch.commit("Work", {".env": "REGION=eu-west\n", ".drone.yml": "a: {from_secret: prod}\n"})
    options = Options(rules={"symlink-outside": "off", "dotenv": "warn", "ci-secret": "warn"})
    result = judge(branch, options)
    assert result.outcome is Outcome.PASSED
    assert [(rule, severity) for rule, severity, _ in told(result)] == [
        ("secret-file/dotenv", "warning"),
        ("secret/ci-secret", "warning"),
    ]


def test_a_secret_itself_keeps_its_weight(branch: Repository) -> None:
    branch.commit("Work", {"id_rsa": fill("{ssh_key}\n")})
    assert told(judge(branch, Options(rules={"private-key": "off"}))) == [("secret/private-key", "error", "id_rsa")]
