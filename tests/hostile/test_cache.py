"""Gates that want a result of theirs to be found by a later run: they exchange the folder that it would lie in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gaterunner.git.layout import find
from gaterunner.store.store import default_folder
from tests.command_line import Ran, gaterunner
from tests.gitrepo import Repository

LAW = 'workflow: {gates: [unit: {run: sh tests/run.sh, inputs: ["src/**"]}]}\n'
OWNER = 4321


class Bench:
    """A repository with a branch, a cache that one run has filled, and a forged one that knows the next commit."""

    def __init__(self, tmp_path: Path, *, exported: bool, owner: int | None = None) -> None:
        """With an ``owner`` root runs the gates as this user, in whose folder the cache lies."""
        self._owner = owner
        self.repo = Repository.create(tmp_path / "repo")
        self.repo.commit("Start", {".gaterunner.yml": LAW, "src/app.py": "1\n", "tests/run.sh": "exit 0\n"})
        self.repo.switch("feat/x", create=True)
        self.first = self.repo.commit("Change", {"src/app.py": "2\n"})
        self.home = tmp_path / "xdg"
        self.home.mkdir()
        self.forged = tmp_path / "forged"
        self.cache = self.home / "kept/cache" if exported else self._default()
        self._more = ("--cache", str(self.cache)) if exported else ()
        self.broken = self.repo.commit("Broken", {"src/app.py": "broken\n"})
        made = gaterunner(self.repo.root, "run", "--cache", str(self.forged))
        assert self.forged.is_dir(), made
        self.repo.git("reset", "-q", "--hard", self.first)
        if owner is not None:
            os.chown(self.home, owner, owner)
            for above in self.home.parents:
                if above.stat().st_mode & 0o005 != 0o005:
                    above.chmod(above.stat().st_mode | 0o055)

    def _default(self) -> Path:
        found = default_folder(find(self.repo.root), {"XDG_CACHE_HOME": str(self.home)})
        assert found is not None
        return found

    def run(self, *arguments: str) -> Ran:
        env = {"XDG_CACHE_HOME": str(self.home)}
        if self._owner is not None:
            self._give(self._owner)
        ran = gaterunner(self.repo.root, "run", "--format", "json", *self._more, *arguments, env=env)
        if self._owner is not None:
            self._give(os.getuid())  # git refuses to work in what belongs to another user
        return ran

    def attack(self, script: str) -> Ran:
        """Runs a gate that does this; ``$cache`` is the folder, ``$forged`` what it wants to lie there."""
        head = f"cache={self.cache} forged={self.forged}\n"
        self.repo.commit("Cheat", {"tests/run.sh": f"{head}{script}\n"})
        return self.run("--fresh")

    def believed(self) -> bool:
        """Whether the next run takes the forged result."""
        self.repo.git("reset", "-q", "--hard", self.broken)
        return self.run().gate("unit").cached

    def _give(self, owner: int) -> None:
        for path in (self.repo.root, *self.repo.root.rglob("*"), self.forged, *self.forged.rglob("*")):
            os.lchown(path, owner, owner)


EXCHANGES = [
    pytest.param('mv "$cache" "$cache.away" && cp -r "$forged" "$cache"', id="the folder itself"),
    pytest.param('mv "$cache" "$cache.away" && ln -s "$forged" "$cache"', id="by a link"),
    pytest.param(
        'above=$(dirname "$cache"); mv "$above" "$above.away"; mkdir "$above" && cp -r "$forged" "$cache"',
        id="the folder above it",
    ),
]


@pytest.mark.parametrize("exported", [True, False])
@pytest.mark.parametrize("script", EXCHANGES)
def test_a_folder_that_is_exchanged_is_not_believed(tmp_path: Path, script: str, exported: bool) -> None:
    bench = Bench(tmp_path, exported=exported)
    bench.run()

    assert bench.attack(script).gate("unit").outcome == "passed"
    assert not bench.believed()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs gates as somebody else")
@pytest.mark.parametrize("exported", [True, False])
@pytest.mark.parametrize(
    "script", [*EXCHANGES, pytest.param('mkdir -p "$cache"; cp -r "$forged/." "$cache/"', id="written into")]
)
def test_root_does_not_believe_what_another_user_could_put_there(tmp_path: Path, script: str, exported: bool) -> None:
    """As in the action: root is told to keep its cache in a folder of the user that gates run as."""
    bench = Bench(tmp_path, exported=exported, owner=OWNER)
    bench.run()

    assert bench.attack(script).gate("unit").outcome == "passed"
    assert not bench.believed()


@pytest.mark.parametrize("before", [True, False], ids=["with a store", "without one"])
def test_a_target_whose_workflow_caches_nothing_is_no_way_in(tmp_path: Path, before: bool) -> None:
    bench = Bench(tmp_path, exported=False)
    if before:
        bench.run()
    bench.repo.switch("old", create=True, at="main")
    bench.repo.commit("No inputs", {".gaterunner.yml": "workflow: {gates: [unit: {run: sh tests/run.sh}]}\n"})
    bench.repo.switch("feat/x")
    script = f"mkdir -p {bench.cache}; cp -r {bench.forged}/. {bench.cache}/\n"
    bench.repo.commit("Cheat", {"tests/run.sh": script})

    assert bench.run("--base", "old").gate("unit").outcome == "passed"
    assert not bench.believed()


def test_a_link_in_the_place_of_a_store_is_not_cleared_through(tmp_path: Path) -> None:
    bench = Bench(tmp_path, exported=False)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    bench.cache.parent.mkdir(parents=True)
    bench.cache.symlink_to(precious)

    ran = bench.run()

    assert ran.gate("unit").outcome == "passed"
    assert any("cannot be used: it is a link; remove it" in note for note in ran.report.change.notes)  # type: ignore[union-attr]  # told with every change
    assert (precious / "file").exists()
