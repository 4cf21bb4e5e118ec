"""How the checkout gets into a gate's container, from a machine and from inside a container, and what is refused."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gaterunner.containers import mounts
from gaterunner.containers.engine import Engine
from gaterunner.containers.mounts import WorkspaceMount, planted, workspace_mount
from gaterunner.containers.own import OwnContainer, OwnMount, candidates, find_own_container
from gaterunner.errors import EvaluationError
from gaterunner.executors.docker_container import GateContainer
from tests.docker_engine import LABEL, docker
from tests.executors.containers import IMAGE, ContainerBench

ROOT = Path(__file__).resolve().parents[2]
ID = "0123456789abcdef" * 4


def engine_with(*own: OwnMount, api_version: tuple[int, int] = (1, 41), address: str = "unix:///x.sock") -> Engine:
    container = OwnContainer(id=ID, mounts=own)
    nothing: Any = None
    return Engine(nothing, address=address, api_version=api_version, own_container=container)


def bind(source: str, destination: str) -> OwnMount:
    return OwnMount(kind="bind", source=source, destination=destination)


def volume(name: str, destination: str) -> OwnMount:
    return OwnMount(kind="volume", source=f"/var/lib/docker/volumes/{name}/_data", destination=destination, name=name)


# --- which mount -----------------------------------------------------------------------------------------------------


def test_on_a_machine_the_path_is_the_machines(tmp_path: Path) -> None:
    nothing: Any = None
    engine = Engine(nothing, address="unix:///x.sock", api_version=(1, 41))
    assert workspace_mount(engine, tmp_path) == WorkspaceMount(source=str(tmp_path.resolve()))


def test_in_a_container_the_path_is_the_source_of_what_is_mounted(tmp_path: Path) -> None:
    engine = engine_with(bind("/home/runner/work", str(tmp_path)))
    assert workspace_mount(engine, tmp_path) == WorkspaceMount(source="/home/runner/work")


def test_the_innermost_mount_holds_the_checkout(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    engine = engine_with(bind("/outer", str(tmp_path)), bind("/inner", str(tmp_path / "a")), bind("/other", "/srv"))
    assert workspace_mount(engine, inner) == WorkspaceMount(source="/inner/b")


def test_a_name_that_only_begins_alike_is_another_folder(tmp_path: Path) -> None:
    checkout = tmp_path / "work-two"
    checkout.mkdir()
    engine = engine_with(bind("/outer", str(tmp_path)), bind("/wrong", str(tmp_path / "work")))
    assert workspace_mount(engine, checkout) == WorkspaceMount(source="/outer/work-two")


def test_a_volume_is_mounted_as_one(tmp_path: Path) -> None:
    mount = workspace_mount(engine_with(volume("code", str(tmp_path))), tmp_path)
    assert mount.as_api() == {"Type": "volume", "Source": "code", "Target": "/workspace"}


def test_a_folder_of_a_volume_is_a_subpath_where_the_engine_can(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    new = workspace_mount(engine_with(volume("code", str(tmp_path)), api_version=(1, 45)), tmp_path / "a")
    assert new.as_api()["VolumeOptions"] == {"Subpath": "a"}
    old = workspace_mount(engine_with(volume("code", str(tmp_path)), api_version=(1, 44)), tmp_path / "a")
    assert old == WorkspaceMount(source="/var/lib/docker/volumes/code/_data/a")


@pytest.mark.parametrize("own", [(), (OwnMount(kind="tmpfs", source="", destination="/"),)], ids=["nothing", "tmpfs"])
def test_a_checkout_in_the_containers_own_file_system_is_refused(tmp_path: Path, own: tuple[OwnMount, ...]) -> None:
    with pytest.raises(EvaluationError) as caught:
        workspace_mount(engine_with(*own), tmp_path)
    assert caught.value.message == (
        f"{tmp_path} lies in the file system of the container that gaterunner runs in, "
        "which the engine at unix:///x.sock cannot show to another"
    )
    assert caught.value.help == 'mount the checkout into this container: `-v "$PWD:/repo"`'


# --- the engine's socket ---------------------------------------------------------------------------------------------


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "run" / "engine.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        yield path


@pytest.mark.parametrize("below", ["", "run"])
def test_a_checkout_that_holds_the_socket_is_refused(tmp_path: Path, listening: Path, below: str) -> None:
    nothing: Any = None
    engine = Engine(nothing, address=f"unix://{listening}", api_version=(1, 41))
    with pytest.raises(EvaluationError, match=r"holds the Docker socket .*, with which a gate could become root"):
        workspace_mount(engine, tmp_path / below)


def test_a_link_to_the_socket_in_the_checkout_hands_over_nothing(tmp_path: Path, listening: Path) -> None:
    checkout = tmp_path / "repo"
    checkout.mkdir()
    (checkout / "docker.sock").symlink_to(listening)
    nothing: Any = None
    engine = Engine(nothing, address=f"unix://{listening}", api_version=(1, 41))
    assert workspace_mount(engine, checkout) == WorkspaceMount(source=str(checkout))


def test_a_socket_named_by_a_link_in_the_checkout_is_refused(tmp_path: Path, listening: Path) -> None:
    checkout = tmp_path / "repo"
    checkout.mkdir()
    (checkout / "docker.sock").symlink_to(listening)
    nothing: Any = None
    engine = Engine(nothing, address=f"unix://{checkout / 'docker.sock'}", api_version=(1, 41))
    with pytest.raises(EvaluationError, match="holds the Docker socket"):
        workspace_mount(engine, checkout)


@pytest.mark.parametrize("point", ["docker.sock", "run"])
def test_a_socket_that_is_mounted_into_the_checkout_is_refused(
    tmp_path: Path, listening: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "repo"
    checkout.mkdir()
    # A hard link stands in for a bind mount, which takes root.
    if point == "run":
        (checkout / "run").mkdir()
        os.link(listening, checkout / "run" / listening.name)
    else:
        os.link(listening, checkout / point)
    monkeypatch.setattr(mounts, "_mount_points", lambda _: [checkout / point])
    nothing: Any = None
    engine = Engine(nothing, address=f"unix://{listening}", api_version=(1, 41))
    with pytest.raises(EvaluationError, match="the Docker socket is mounted in the checkout"):
        workspace_mount(engine, checkout)


# --- which container is ours -----------------------------------------------------------------------------------------


def proc(folder: Path, *, mountinfo: str = "", cgroup: str = "0::/\n") -> Path:
    (folder / "mountinfo").write_text(mountinfo)
    (folder / "cgroup").write_text(cgroup)
    return folder


@pytest.mark.parametrize(
    ("mountinfo", "cgroup"),
    [
        (f"1 2 8:1 /var/lib/docker/containers/{ID}/hostname /etc/hostname rw - ext4 /dev/sda rw\n", "0::/\n"),
        (f"1 2 8:1 /data/containers/{ID}/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda rw\n", "0::/\n"),
        ("", f"4:memory:/docker/{ID}\n"),
        ("", f"0::/system.slice/docker-{ID}.scope\n"),
        ("", f"0::/kubepods/burstable/pod1/{ID}\n"),
    ],
)
def test_our_container_is_told_by_what_the_engine_mounts_and_by_its_group(
    tmp_path: Path, mountinfo: str, cgroup: str
) -> None:
    assert candidates(proc(tmp_path, mountinfo=mountinfo, cgroup=cgroup))[0] == ID


def test_on_a_machine_other_containers_mounts_are_not_ours(tmp_path: Path) -> None:
    told = (
        f"1 2 8:1 / /var/lib/docker/containers/{ID}/mounts/shm rw - tmpfs shm rw\n"
        f"1 2 8:1 / /var/lib/docker/overlay2/{ID}/merged rw - overlay overlay rw\n"
    )
    assert ID not in candidates(proc(tmp_path, mountinfo=told))


@pytest.mark.docker
def test_a_container_that_has_ended_or_another_name_is_not_ours(engine: Engine, tmp_path: Path) -> None:
    name = f"gaterunner-test-{secrets.token_hex(6)}"
    made = docker("run", "-d", "--name", name, "--label", LABEL, "--network=none", IMAGE, "sleep", "300").stdout.strip()
    try:
        here = proc(tmp_path, cgroup=f"0::/docker/{made}\n")
        assert find_own_container(engine.api, proc=here) is None
    finally:
        docker("rm", "-f", name)


# --- proof, on the real engine ---------------------------------------------------------------------------------------


@pytest.mark.docker
@pytest.mark.parametrize("git", ["folder", "file", "none", "link"])
def test_the_proof_leaves_nothing_in_the_checkout(engine: Engine, tmp_path: Path, git: str) -> None:
    bench = ContainerBench(tmp_path / "repo", engine)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if git == "folder":
        (bench.root / ".git").mkdir()
    elif git == "file":
        (bench.root / ".git").write_text("gitdir: /elsewhere\n")
    elif git == "link":
        (bench.root / ".git").symlink_to(elsewhere)
    before = sorted(bench.root.rglob("*"))
    assert bench.run("ls -A /workspace .git 2>/dev/null || true").exit_code == 0
    assert not any(".gaterunner-" in line for line in bench.lines)
    assert sorted(bench.root.rglob("*")) == before
    assert list(elsewhere.iterdir()) == []


@pytest.mark.docker
def test_another_folder_at_that_path_is_told_and_no_gate_runs(engine: Engine, tmp_path: Path) -> None:
    """As with an engine on another machine, which has a folder of the same name."""
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    bench = ContainerBench(tmp_path / "repo", engine)
    engine.own_container = OwnContainer(id=ID, mounts=(bind(str(wrong), str(bench.root)),))
    execution = bench.run("touch /workspace/ran")
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert execution.error.startswith(
        f"the engine at unix:///var/run/docker.sock does not see {bench.root}: it shows another folder there; "
        "run gaterunner on the engine's machine"
    )
    assert list(wrong.iterdir()) == []
    assert bench.left() == []


@pytest.mark.docker
def test_a_link_that_is_put_there_while_the_container_starts_shows_no_other_folder(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine follows the path anew when it starts what it made: a gate beside this one may use that."""
    wrong = tmp_path / "wrong"
    (wrong / ".git").mkdir(parents=True)
    bench = ContainerBench(tmp_path / "repo", engine)
    (bench.root / ".git").mkdir()
    start = GateContainer.start

    def exchange_first(container: GateContainer) -> None:
        bench.root.rename(tmp_path / "taken")
        bench.root.symlink_to(wrong)
        start(container)

    monkeypatch.setattr(GateContainer, "start", exchange_first)
    execution = bench.run("touch /workspace/ran")
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert "it shows another folder there" in execution.error
    assert list(wrong.iterdir()) == [wrong / ".git"]
    assert list((tmp_path / "taken/.git").iterdir()) == []


@pytest.mark.docker
def test_a_link_in_the_place_of_the_checkout_is_told(engine: Engine, tmp_path: Path) -> None:
    bench = ContainerBench(tmp_path / "repo", engine)
    bench.root.rename(tmp_path / "taken")
    (tmp_path / "wrong").mkdir()
    bench.root.symlink_to(tmp_path / "wrong")
    execution = bench.run("touch /workspace/ran")
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert "a link lies in its place" in execution.error
    assert list((tmp_path / "wrong").iterdir()) == []


@pytest.mark.docker
def test_a_gate_that_takes_the_proof_away_ends_nothing(engine: Engine, tmp_path: Path) -> None:
    bench = ContainerBench(tmp_path / "repo", engine)
    (bench.root / ".git").mkdir()
    assert bench.run("rm -rf .git; true").exit_code == 0


@pytest.mark.docker
@pytest.mark.parametrize(
    "name", ["a,b", "a:b", "a b", "a\nb", "a\tb", 'a"b', "\u00fc\u202eb", "a\\b", "source=x,readonly", "-v", "$(id)"]
)
def test_a_checkout_may_be_called_anything(engine: Engine, tmp_path: Path, name: str) -> None:
    bench = ContainerBench(tmp_path / name, engine)
    assert bench.run("touch here").exit_code == 0
    assert [path.name for path in bench.root.iterdir()] == ["here"]


def test_a_killed_runs_proof_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    left = tmp_path / ".git" / f".gaterunner-{secrets.token_hex(16)}"
    left.write_text("x")
    with planted(tmp_path) as living:
        path = tmp_path / Path(living.path).relative_to("/workspace")
        with planted(tmp_path):
            assert path.exists()
            assert not left.exists()
    assert list((tmp_path / ".git").iterdir()) == []


def test_mounts_are_found_whatever_they_are_called(tmp_path: Path) -> None:
    told = tmp_path / "mountinfo"
    told.write_text(r"1 2 3:4 / /srv/a\011b/c\012\040\134d rw" + "\n1 2 3:4 / /srv/else rw\n")
    assert mounts._mount_points(Path("/srv/a\tb"), told) == [Path("/srv/a\tb/c\n \\d")]


@pytest.mark.docker
def test_a_path_that_the_engine_does_not_have_is_told_and_not_made(engine: Engine, tmp_path: Path) -> None:
    bench = ContainerBench(tmp_path / "repo", engine)
    engine.own_container = OwnContainer(id=ID, mounts=(bind(str(tmp_path / "none"), str(bench.root)),))
    execution = bench.run("true")
    assert execution.ended == "not-started"
    assert execution.error is not None
    assert "the engine does not see the checkout" in execution.error
    assert not (tmp_path / "none").exists()


# --- from inside a container -----------------------------------------------------------------------------------------

INSIDE = """
import json, os, sys
from pathlib import Path
from gaterunner.containers.engine import Engine
from tests.executors.containers import ContainerBench
engine = Engine.connect(os.environ)
bench = ContainerBench(Path(sys.argv[1]), engine)
bench.log = Path("/tmp/gate.log")
execution = bench.run("pwd; cat committed; echo made > made", image=sys.argv[2])
own = engine.own_container
print(json.dumps([own and own.id, execution.ended, execution.exit_code, execution.error, bench.lines]))
"""


def inside(mount: str, root: str, *options: str) -> tuple[str, list[Any]]:
    """Runs a gate from within a container of the engine; gives that container's id and what came of it."""
    name = f"gaterunner-test-{secrets.token_hex(6)}"
    trees = {str(ROOT), sys.prefix, sys.base_prefix} - {"/usr"}  # a system's Python is also the image's
    shown = [flag for tree in sorted(trees) for flag in ("-v", f"{tree}:{tree}:ro")]
    options = ("--name", name, "--label", LABEL, *(options or ("--network=none",)), "-e", f"PYTHONPATH={ROOT}")
    mounts = ("-v", "/var/run/docker.sock:/var/run/docker.sock", *shown, *(("-v", mount) if mount else ()))
    docker("create", *options, *mounts, "-w", "/", IMAGE, sys.executable, "-B", "-c", INSIDE, root, IMAGE)
    try:
        made = docker("inspect", "--format", "{{.Id}}", name).stdout.strip()
        done = docker("start", "--attach", name, check=False)
        assert done.returncode == 0, done.stderr
        return made, json.loads(done.stdout.splitlines()[-1])
    finally:
        docker("rm", "-f", "-v", name)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "repo"
    folder.mkdir(parents=True)
    (folder / "committed").write_text("content\n")
    return folder


@pytest.mark.docker
@pytest.mark.parametrize(
    "options", [(), ("--network=none", "--hostname=builder"), ("--network=host",)], ids=["plain", "named", "host"]
)
def test_gates_run_from_within_a_container(checkout: Path, options: tuple[str, ...]) -> None:
    made, told = inside(f"{checkout.parent}:/github/workspace", "/github/workspace/repo", *options)
    assert told == [made, "exited", 0, None, ["/workspace", "content"]]
    assert (checkout / "made").read_text() == "made\n"


@pytest.mark.docker
@pytest.mark.parametrize("below", ["", "/repo"], ids=["whole", "folder of it"])
def test_gates_run_from_within_a_container_with_a_volume(below: str) -> None:
    name = f"gaterunner-test-{secrets.token_hex(6)}"
    docker("volume", "create", "--label", LABEL, name)
    try:
        fill = f"mkdir -p /code{below} && echo content > /code{below}/committed"
        docker("run", "--rm", "--label", LABEL, "--network=none", "-v", f"{name}:/code", IMAGE, "sh", "-c", fill)
        made, told = inside(f"{name}:/elsewhere", f"/elsewhere{below}")
        assert told == [made, "exited", 0, None, ["/workspace", "content"]]
    finally:
        docker("volume", "rm", "-f", name)


@pytest.mark.docker
def test_without_a_mount_that_is_told(tmp_path: Path) -> None:
    _, told = inside("", "/github/workspace/repo")
    assert told[1:3] == ["not-started", None]
    assert told[3].startswith("/github/workspace/repo lies in the file system of the container that gaterunner runs in")
