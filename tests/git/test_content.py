"""File contents: one by one, and streamed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gaterunner.errors import EvaluationError
from tests import gitrepo
from tests.git.conftest import Open


def test_blobs_come_in_the_order_asked_for(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Add", {"a": "a\n", "b": b"\0\xff\n\n", "empty": ""})
    ids = [repo.git("rev-parse", f"HEAD:{name}") for name in ("b", "a", "b", "empty")]
    found = list(open_repository(repo.root).blobs(ids))
    assert [blob.id for blob in found] == ids
    assert [blob.data for blob in found] == [b"\0\xff\n\n", b"a\n", b"\0\xff\n\n", b""]


def test_a_blob_above_the_bound_tells_only_its_size(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Add", {"big": b"x" * 3_000_000, "small": "s\n"})
    ids = [repo.git("rev-parse", f"HEAD:{name}") for name in ("big", "small")]
    big, small = open_repository(repo.root).blobs(ids, max_bytes=1000)
    assert (big.size, big.data) == (3_000_000, None)
    assert small.data == b"s\n"


def test_more_requests_than_pipes_hold_do_not_lock_up(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Add", {"a": b"x" * 5000})
    blob = repo.git("rev-parse", "HEAD:a")
    assert sum(found.size for found in open_repository(repo.root).blobs([blob] * 20_000)) == 100_000_000


def test_a_reader_may_stop_early(repo: gitrepo.Repository, open_repository: Open) -> None:
    repo.commit("Add", {"a": b"x" * 5000})
    blob = repo.git("rev-parse", "HEAD:a")
    stream = open_repository(repo.root).blobs(blob for _ in range(100_000))
    assert isinstance(stream, Iterator)
    assert next(stream).size == 5000
    stream.close()  # type: ignore[attr-defined]  # a generator; what a `break` in a loop comes to


def test_a_fault_of_the_asker_is_not_swallowed(repo: gitrepo.Repository, open_repository: Open) -> None:
    def asker() -> Iterator[str]:
        yield repo.git("rev-parse", "HEAD:README.md")
        raise ValueError("no further")

    with pytest.raises(ValueError, match="no further"):
        list(open_repository(repo.root).blobs(asker()))


def test_a_tree_is_not_a_file_content(repo: gitrepo.Repository, open_repository: Open) -> None:
    tree = repo.git("rev-parse", "HEAD^{tree}")
    with pytest.raises(EvaluationError, match=f"object {tree} is a tree where"):
        list(open_repository(repo.root).blobs([tree]))


def test_only_a_regular_file_is_read(repo: gitrepo.Repository, open_repository: Open) -> None:
    (repo.root / "link").symlink_to("README.md")
    repo.commit("Add", {"dir/file": "f\n", "*": "star\n"})
    repository = open_repository(repo.root)
    head = repo.head
    assert repository.read(head, "dir/file") == b"f\n"
    assert repository.read(head, "*") == b"star\n"
    for path in ("dir", "dir/", "link", "nothing", "", "../dir/file", "./dir/file", "/dir/file", "d*", ":/dir"):
        assert repository.read(head, path) is None, path


def test_a_tree_view_lists_once_and_reads_many(repo: gitrepo.Repository, open_repository: Open) -> None:
    (repo.root / "link").symlink_to("README.md")
    repo.commit("Add", {"dir/file": "f\n"})
    view = open_repository(repo.root).tree_view(repo.head)
    assert view.paths() == ("README.md", "dir/file", "link")
    assert view.read("dir/file") == b"f\n"
    assert view.read("link") is None
    assert view.read("nothing") is None
