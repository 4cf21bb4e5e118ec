"""What lies in the store's folder is never trusted beyond what a reading before the first gate can hold it to."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from gaterunner.errors import UsageError
from gaterunner.model import Outcome, Report
from gaterunner.reporters.json import decode_report, encode_report
from gaterunner.store import folder as folder_module
from gaterunner.store import store as store_module
from gaterunner.store.store import default_folder
from tests.store.runs import Branch, Gate

TAG = "Signature: 8a477f597d28d172789f06886806bc55"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())


def only_run(folder: Path) -> Path:
    (run,) = (folder / "runs").iterdir()
    return run


def forge(folder: Path, report: Report, key: str, place: int = 0) -> None:
    """A run with its report, as somebody who knows our format would write them."""
    encoded = encode_report(report)
    name = hashlib.sha256(encoded).hexdigest()
    run = {
        "schema": "gaterunner.run/1",
        "report": name,
        "commit": "1" * 40,
        "finished": "2026-11-20T12:01:30Z",
        "results": [{"key": key, "place": place}],
        "durations": [],
    }
    for kind, content in (("reports", encoded), ("runs", json.dumps(run).encode())):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        (folder / kind / f"{name}.json").write_bytes(content)


# --- the default folder ----------------------------------------------------------------------------------------------


def test_the_store_lies_outside_of_the_checkout_by_the_repositorys_path(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.run()

    (store,) = branch.stores
    name = hashlib.sha256(str(branch.root / ".git").encode()).hexdigest()[:32]
    assert store == tmp_path / "home/.cache/gaterunner" / name
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
    assert (store / "CACHEDIR.TAG").read_text().startswith(TAG)


def test_work_trees_of_a_repository_share_one(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.run()
    branch.repo.git("worktree", "add", "-q", "-b", "feat/y", str(tmp_path / "other"), "feat/x")
    branch.root = tmp_path / "other"

    assert branch.run().told == {"unit": "cached"}
    assert len(branch.stores) == 1


def test_xdg_names_the_place(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.environment["XDG_CACHE_HOME"] = str(tmp_path / "xdg")
    branch.run()

    assert len(list((tmp_path / "xdg/gaterunner").iterdir())) == 1
    assert not branch.stores


def test_without_a_home_nothing_is_kept(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    del branch.environment["HOME"]

    assert branch.run().told == branch.run().told == {"unit": "passed"}


def test_a_run_that_has_nothing_to_keep_makes_no_folder(tmp_path: Path) -> None:
    branch = Branch(tmp_path, "workflow: {gates: [unit: pytest]}")
    branch.run()

    assert not (tmp_path / "home").exists()


def test_a_folder_that_cannot_be_written_is_a_note(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    (tmp_path / "home").write_text("a file")

    seen = branch.run()

    assert seen.told == {"unit": "passed"}
    assert len(seen.notes) == 1
    assert "cannot be written" in seen.notes[0]


# --- bad files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Input data was truncated"),
        (b"\xff\xfe", "JSON"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"schema": "gaterunner.run/2"}', "Invalid enum value 'gaterunner.run/2'"),
        (b'{"a":' * 100_000, "unknown field"),
        (b'{"schema": ' + b"[" * 100_000, "Expected `str`, got `array`"),
        (b'{"commit": "\\u001b[31m"}', "Expected `str` matching regex"),
        (b'{"\\u001b[31m": 1}', "unknown field `\\x1b[31m`"),
        (b"x" * (3 * 1024 * 1024), "too large"),
    ],
)
def test_a_bad_file_is_ignored_and_told(tmp_path: Path, content: bytes, told: str) -> None:
    branch = Branch(tmp_path)
    branch.run()
    bad = branch.stores[0] / "runs" / f"{'0' * 64}.json"
    bad.write_bytes(content)

    seen = branch.run()

    assert seen.told == {"unit": "cached"}
    assert len(seen.notes) == 1
    assert f"ignored in the cache {branch.stores[0]}: " in seen.notes[0]
    assert told in seen.notes[0]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("commit", "main"),
        ("finished", "2099-01-01T00:00:00Z"),
        ("finished", "yesterday"),
        ("report", "0" * 64),
        ("results", [{"key": "../../etc/passwd", "place": 0}]),
        ("results", [{"key": "0" * 64, "place": -1}]),
        ("durations", [{"gate": "unit", "shards": 1, "seconds": -5}]),
        ("unknown", 1),
    ],
)
def test_a_file_that_says_what_none_of_ours_would_is_ignored(tmp_path: Path, field: str, value: object) -> None:
    branch = Branch(tmp_path)
    branch.run()
    run = only_run(branch.stores[0])
    run.write_text(json.dumps({**json.loads(run.read_bytes()), field: value}))

    seen = branch.run()

    assert seen.told == {"unit": "passed"}
    assert len(seen.notes) == 1


@pytest.mark.parametrize("kind", ["runs", "reports"])
def test_links_and_pipes_are_not_read(tmp_path: Path, kind: str) -> None:
    branch = Branch(tmp_path)
    branch.run()
    (file,) = (branch.stores[0] / kind).iterdir()
    file.rename(tmp_path / "moved.json")
    file.symlink_to(tmp_path / "moved.json")
    assert branch.run().told == {"unit": "passed"}
    for each in (branch.stores[0] / kind).iterdir():
        each.unlink()
        os.mkfifo(each)

    assert branch.run().told == {"unit": "passed"}


def test_a_folder_that_is_a_link_is_not_read(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.run()
    runs = branch.stores[0] / "runs"
    runs.rename(tmp_path / "moved")
    runs.symlink_to(tmp_path / "moved")

    assert branch.run().told == {"unit": "passed"}


def test_a_report_with_other_bytes_proves_nothing(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.run()
    (report,) = (branch.stores[0] / "reports").iterdir()
    report.write_bytes(report.read_bytes().replace(b'"exit code 0"', b'"exit code 1"'))

    assert branch.run().told == {"unit": "passed"}


def test_a_report_that_is_gone_proves_nothing(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.run()
    for report in (branch.stores[0] / "reports").iterdir():
        report.unlink()

    assert branch.run().told == {"unit": "passed"}


@pytest.mark.parametrize(
    "different",
    [
        {"outcome": Outcome.FAILED},
        {"cached": True},
        {"attempts": 2},
        {"name": "other"},
        {"flaky": True},
    ],
)
def test_a_key_must_lead_to_a_gate_that_plainly_passed(tmp_path: Path, different: dict[str, object]) -> None:
    branch = Branch(tmp_path)
    seen = branch.run()
    store = branch.stores[0]
    key = json.loads(only_run(store).read_bytes())["results"][0]["key"]
    only_run(store).unlink()

    forge(store, replace(seen.report, gates=(replace(seen.gate, **different),)), key)
    assert branch.run().told == {"unit": "passed"}


@pytest.mark.parametrize("place", [1, 99_999])
def test_a_key_must_lead_to_a_gate(tmp_path: Path, place: int) -> None:
    branch = Branch(tmp_path)
    seen = branch.run()
    store = branch.stores[0]
    key = json.loads(only_run(store).read_bytes())["results"][0]["key"]
    only_run(store).unlink()
    forge(store, seen.report, key, place)

    assert branch.run().told == {"unit": "passed"}


def test_a_result_of_another_version_is_not_taken(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    seen = branch.run()
    store = branch.stores[0]
    key = json.loads(only_run(store).read_bytes())["results"][0]["key"]
    only_run(store).unlink()
    forge(store, replace(seen.report, tool=replace(seen.report.tool, version="0.0.1")), key)

    assert branch.run().told == {"unit": "passed"}


# --- what a gate does to it ------------------------------------------------------------------------------------------


def forging(branch: Branch, folder: Path) -> Gate:
    """A gate that writes a result for what the branch will hold next: it knows the key."""
    aside = Branch(branch.root.parent / "aside", branch.workflow)
    aside.environment = {**branch.environment, "XDG_CACHE_HOME": str(branch.root.parent / "forged")}
    aside.repo.write({"src/app.py": "assert False\n"})
    aside.repo.commit("Broken")
    aside.run()
    (forged,) = (branch.root.parent / "forged/gaterunner").iterdir()

    def gate(_: Path) -> None:
        for kind in ("runs", "reports"):
            (folder / kind).mkdir(parents=True, exist_ok=True)
            for file in (forged / kind).iterdir():
                (folder / kind / file.name).write_bytes(file.read_bytes())

    return gate


def test_what_is_forged_before_a_run_is_believed(tmp_path: Path) -> None:
    """The honest limit: who writes the folder between runs decides, so the tests below forge what would work."""
    branch = Branch(tmp_path)
    branch.run()
    forging(branch, branch.stores[0])(branch.root)
    branch.repo.commit("Broken", {"src/app.py": "assert False\n"})

    assert branch.run().told == {"unit": "cached"}


@pytest.mark.parametrize("exported", [True, False])
@pytest.mark.parametrize("before", [True, False], ids=["with a cache", "without one"])
def test_what_a_gate_writes_there_is_gone_after_the_run(tmp_path: Path, exported: bool, before: bool) -> None:
    branch = Branch(tmp_path)
    cache = tmp_path / "cache" if exported else None
    with_layout = default_folder_of(branch)
    if before:
        branch.run(cache=cache)
    branch.run(forging(branch, cache or with_layout), cache=cache, fresh=True)
    branch.repo.commit("Broken", {"src/app.py": "assert False\n"})

    assert branch.run(cache=cache).told == {"unit": "passed"}


@pytest.mark.parametrize("exported", [True, False])
def test_also_when_nothing_is_kept_of_the_run(tmp_path: Path, exported: bool) -> None:
    branch = Branch(tmp_path)
    cache = tmp_path / "cache" if exported else None
    forge_all = forging(branch, cache or default_folder_of(branch))

    def gate(root: Path) -> object:
        forge_all(root)
        return branch.passed(outcome=Outcome.FAILED, exit_code=1)

    branch.run(gate, cache=cache)  # type: ignore[arg-type]  # returns a result
    branch.repo.commit("Broken", {"src/app.py": "assert False\n"})

    assert branch.run(cache=cache).told == {"unit": "passed"}


@pytest.mark.parametrize("exported", [True, False])
def test_what_a_gate_does_to_files_that_were_there_is_undone(tmp_path: Path, exported: bool) -> None:
    branch = Branch(tmp_path)
    cache = tmp_path / "cache" if exported else None
    branch.run(cache=cache)
    folder = cache or branch.stores[0]
    run = only_run(folder)
    before = run.read_bytes()

    def gate(_: Path) -> None:
        run.write_bytes(before.replace(b'"place":0', b'"place":1'))
        (folder / "CACHEDIR.TAG").unlink()
        (folder / "CACHEDIR.TAG").symlink_to("/etc/passwd")
        (folder / "more").mkdir()
        (folder / "more/file").write_text("x")
        (folder / "runs/sub").mkdir()

    branch.run(gate, cache=cache, fresh=True)

    assert run.read_bytes() == before
    assert not (folder / "CACHEDIR.TAG").is_symlink()
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "CACHEDIR.TAG", "reports", "runs"]
    assert branch.run(cache=cache).told == {"unit": "cached"}


def test_a_link_in_the_folders_place_is_not_followed(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    cache, victim = tmp_path / "cache", tmp_path / "victim"
    victim.mkdir()
    (victim / "precious").write_text("x")

    def gate(_: Path) -> None:
        cache.symlink_to(victim)

    seen = branch.run(gate, cache=cache)

    assert "cannot be written" in seen.notes[0]
    assert [path.name for path in victim.iterdir()] == ["precious"]


def test_links_inside_are_removed_and_not_followed(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    cache, victim = tmp_path / "cache", tmp_path / "victim"
    branch.run(cache=cache)
    victim.mkdir()
    (victim / "precious").write_text("x")

    def gate(_: Path) -> None:
        for kind in ("runs", "reports"):
            (cache / kind).rename(tmp_path / kind)
            (cache / kind).symlink_to(victim)
        (cache / "more").symlink_to(victim)

    branch.run(gate, cache=cache, fresh=True)

    assert [path.name for path in victim.iterdir()] == ["precious"]
    assert branch.run(cache=cache).told == {"unit": "cached"}


def test_a_gate_in_a_container_leaves_other_runs_in_peace(tmp_path: Path) -> None:
    """It cannot reach the folder, so what appeared there is another run's."""
    branch = Branch(tmp_path)
    branch.run(executor="docker")
    other = Branch(tmp_path / "aside")
    other.run()

    def another_run() -> None:
        for kind in ("runs", "reports"):
            for file in (other.stores[0] / kind).iterdir():
                (branch.stores[0] / kind / file.name).write_bytes(file.read_bytes())

    branch.run(executor="docker", fresh=True, before_saving=another_run)

    assert len(list((branch.stores[0] / "runs").iterdir())) == 3


# --- an exported folder ----------------------------------------------------------------------------------------------


def test_an_exported_folder_can_be_carried_to_another_machine(tmp_path: Path) -> None:
    branch, elsewhere = Branch(tmp_path / "a"), Branch(tmp_path / "b")
    branch.run(cache=tmp_path / "cache")
    (tmp_path / "cache").rename(tmp_path / "carried")

    assert elsewhere.run(cache=tmp_path / "carried").told == {"unit": "cached"}
    assert not branch.stores


def test_one_inside_of_the_checkout_does_not_make_it_dirty(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    cache = branch.root / ".gaterunner-cache"
    branch.run(cache=cache)

    assert branch.run(cache=cache).told == {"unit": "cached"}
    assert branch.repo.git("status", "--porcelain") == ""


def test_one_that_the_branch_has_files_in_is_not_used(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    cache = branch.root / ".gaterunner-cache"
    branch.run(cache=cache)
    branch.repo.git("add", "-f", ".gaterunner-cache")
    branch.repo.commit("Bring a result along")
    listed = files(cache)

    seen = branch.run(cache=cache)

    assert seen.told == {"unit": "passed"}
    assert seen.notes == (f"the cache {cache} is not used: the branch has files of its own in it",)
    assert files(cache) == listed


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (".", "holds the checkout itself"),
        ("..", "holds the checkout itself"),
        ("src", "holds other things than a cache, such as 'app.py'"),
        (".git/cache", "lies in the git directory"),
        ("link/cache", "leads through a link"),
        ("link", "leads through a link"),
        ("src/app.py", "Not a directory"),
    ],
)
def test_a_folder_that_must_not_be_one_is_refused(tmp_path: Path, name: str, told: str) -> None:
    branch = Branch(tmp_path)
    (tmp_path / "outside").mkdir()
    (branch.root / "link").symlink_to(tmp_path / "outside")

    with pytest.raises(UsageError) as caught:
        branch.run(cache=branch.root / name)

    assert told in caught.value.message
    assert caught.value.message.startswith("--cache ")
    assert caught.value.help == ("name an empty folder for it, such as .gaterunner-cache, or one that gaterunner made")


# --- bounds ----------------------------------------------------------------------------------------------------------


def test_a_result_is_forgotten_after_thirty_days(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    branch.run()
    branch.later(days=29)
    assert branch.run().told == {"unit": "cached"}
    branch.later(days=1, hours=1)

    assert branch.run().told == {"unit": "passed"}
    assert len(list((branch.stores[0] / "runs").iterdir())) == 1
    assert len(list((branch.stores[0] / "reports").iterdir())) == 1


def test_the_oldest_runs_are_forgotten_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_RUNS", 3)
    branch = Branch(tmp_path)
    for number in range(5):
        branch.repo.commit("Next", {"src/app.py": f"{number}"})
        branch.run()

    assert len(list((branch.stores[0] / "runs").iterdir())) == 3
    branch.repo.commit("Back", {"src/app.py": "3"})
    assert branch.run().told == {"unit": "cached"}
    branch.repo.commit("Further back", {"src/app.py": "1"})
    assert branch.run().told == {"unit": "passed"}


def test_the_size_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    branch = Branch(tmp_path)
    one = len(branch.run().encoded)
    monkeypatch.setattr(store_module, "MAX_BYTES", 3 * one)
    for number in range(5):
        branch.repo.commit("Next", {"src/app.py": f"{number}"})
        branch.run()

    assert 1 <= len(list((branch.stores[0] / "reports").iterdir())) <= 3


def test_a_report_that_is_too_large_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "MAX_REPORT_BYTES", 100)
    branch = Branch(tmp_path)

    assert branch.run().notes == ("the report is too large to be kept, and so is what it proves",)
    assert branch.run().told == {"unit": "passed"}


def test_reports_are_told_as_they_were_written(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    seen = branch.run()
    (report,) = (branch.stores[0] / "reports").iterdir()

    assert report.read_bytes() == seen.encoded
    assert decode_report(report.read_bytes()) == seen.report
    assert folder_module.MAX_REPORT_BYTES == 32 * 1024 * 1024


# --- rights ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes with another's rights")
@pytest.mark.parametrize("inside", [True, False])
def test_root_writes_with_the_rights_of_the_folders_owner(tmp_path: Path, inside: bool) -> None:
    branch = Branch(tmp_path)
    home = tmp_path / "runner"
    home.mkdir()
    for path in (home, branch.root, *branch.root.rglob("*")):
        os.lchown(path, 4321, 4321)
    for above in (tmp_path, *tmp_path.parents):
        if above.stat().st_mode & 0o001 == 0:
            above.chmod(above.stat().st_mode | 0o011)
    cache = (branch.root if inside else home) / "cache"

    branch.run(cache=cache)

    owners = {path.stat().st_uid for path in (cache, *cache.rglob("*"))}
    assert owners == {4321}
    assert branch.run(cache=cache).told == {"unit": "cached"}


def default_folder_of(branch: Branch) -> Path:
    from gaterunner.git.layout import find

    found = default_folder(find(branch.root), branch.environment)
    assert found is not None
    return found


def test_a_folder_that_resists_is_cleared_all_the_same(tmp_path: Path) -> None:
    branch = Branch(tmp_path)
    cache = tmp_path / "cache"
    branch.run(cache=cache)
    plant = forging(branch, cache)

    def gate(root: Path) -> None:
        plant(root)
        deep = os.open(cache, os.O_RDONLY)
        for _ in range(3000):
            os.mkdir("d", dir_fd=deep)
            inner = os.open("d", os.O_RDONLY, dir_fd=deep)
            os.close(deep)
            deep = inner
        os.close(deep)
        for closed in (cache / "closed", cache / "runs/closed"):
            (closed / "more").mkdir(parents=True)
            (closed / "more").chmod(0)
            closed.chmod(0)
        (cache / "runs").chmod(0o500)
        (cache / "reports").chmod(0)
        cache.chmod(0o500)

    assert branch.run(gate, cache=cache, fresh=True).notes == ()
    assert sorted(path.name for path in cache.iterdir()) == [".gitignore", "CACHEDIR.TAG", "reports", "runs"]
    branch.repo.commit("Broken", {"src/app.py": "assert False\n"})
    assert branch.run(cache=cache).told == {"unit": "passed"}
