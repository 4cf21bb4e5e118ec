"""What of a repository's settings takes part in a fetch."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from gaterunner.errors import EvaluationError
from gaterunner.git.fetch import Remote
from tests import gitrepo
from tests.git.conftest import Open

HEADER = "AUTHORIZATION: basic c29tZXRoaW5n"
KEY = "http.https://github.com/.extraheader"


def settings(remote: Remote) -> dict[str, str]:
    return dict(remote._settings)


def test_what_the_checkout_authenticates_with_is_used(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.git("remote", "add", "origin", "https://github.com/octo/shop")
    repo.git("config", KEY, HEADER)
    assert settings(Remote(open_repository(repo.root), token="unused"))[KEY] == HEADER


def test_also_from_the_file_that_newer_checkouts_include(
    repo: gitrepo.Repository, tmp_path: Path, open_repository: Open
) -> None:
    (tmp_path / "credentials.config").write_text(f'[http "https://github.com/"]\n\textraheader = {HEADER}\n')
    repo.git("remote", "add", "origin", "https://github.com/octo/shop")
    repo.git("config", f"includeIf.gitdir:{repo.root}/.git.path", str(tmp_path / "credentials.config"))
    assert settings(Remote(open_repository(repo.root)))[KEY] == HEADER


def test_a_token_is_used_where_the_checkout_kept_nothing(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.git("remote", "add", "origin", "https://github.com/octo/shop")
    told = settings(Remote(open_repository(repo.root), token="of-the-job"))[KEY]
    assert base64.b64decode(told.removeprefix("AUTHORIZATION: basic ")) == b"x-access-token:of-the-job"


@pytest.mark.parametrize("url", ["git@github.com:octo/shop", "/srv/shop.git", "../shop.git"])
def test_a_token_goes_nowhere_but_over_http(url: str, repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.git("remote", "add", "origin", url)
    assert not any("extraheader" in key for key in settings(Remote(open_repository(repo.root), token="of-the-job")))


def test_no_program_is_taken_over(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.git("remote", "add", "origin", "https://github.com/octo/shop")
    for key in ("core.sshCommand", "core.gitProxy", "credential.helper", "remote.origin.uploadpack", "core.askPass"):
        repo.git("config", key, "/bin/false")
    assert "/bin/false" not in settings(Remote(open_repository(repo.root))).values()


def test_without_a_remote_the_user_is_told(repo: gitrepo.Repository, open_repository: Open) -> None:
    with pytest.raises(EvaluationError, match="it has no remote `origin` to fetch it from"):
        Remote(open_repository(repo.root)).history("a" * 40)


def test_a_path_is_relative_to_the_work_tree(repo: gitrepo.Repository, tmp_path: Path, open_repository: Open) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = gitrepo.Repository.clone(repo, tmp_path / "clone")
    clone.git("remote", "set-url", "origin", "../repo")
    assert Remote(open_repository(clone.root)).branch("main") == repo.head
