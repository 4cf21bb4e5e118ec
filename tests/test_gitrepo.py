from tests.gitrepo import Repository


def test_a_repository_for_tests_has_reproducible_commits(repo: Repository) -> None:
    assert repo.git("log", "--format=%s %an %cI") == "Start Author 2025-06-15T15:07:40+00:00"
