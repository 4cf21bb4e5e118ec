"""What is in the image, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaterunner import __version__
from tests.docker_engine import docker, own_layers, run_container

pytestmark = pytest.mark.docker
PYTHON = "/opt/gaterunner/bin/python"


def _python(image: str, code: str, *options: str) -> str:
    ran = run_container(image, ["-I", "-c", code], options=["--entrypoint", PYTHON, *options])
    assert ran.code == 0, ran
    return ran.out.strip()


def test_it_says_its_version(image: str) -> None:
    ran = run_container(image, ["--version"])
    assert (ran.code, ran.out) == (0, f"gaterunner {__version__}\n"), ran


def test_our_layers_add_less_than_180_mb_to_the_base(image: str) -> None:
    layers = own_layers(image)
    assert sum(layers.values()) < 180_000_000, layers


def test_the_secret_rules_are_compiled_already(image: str) -> None:
    assert _python(image, "from gaterunner.secrets.engine import Engine; print(Engine.warm())") == "loaded"


def test_another_user_can_scan_too(image: str) -> None:
    """The engine trusts only a cache of its own user, so this takes the seconds that root saves; it must still work."""
    code = "from gaterunner.secrets.engine import Engine; print(Engine().scan('a', b'nothing'))"
    assert _python(image, code, "--user", "12345") == "()"


def test_nothing_that_installs_packages_is_left_beside_us(image: str) -> None:
    code = (
        "import importlib.util as u; print([n for n in ('pip', 'setuptools', 'hatchling', 'pytest') if u.find_spec(n)])"
    )
    assert _python(image, code) == "[]"


def test_a_gate_that_calls_python_gets_the_base_images_python_not_ours(image: str) -> None:
    ran = run_container(image, ["-c", "command -v python3; command -v gaterunner"], options=["--entrypoint", "sh"])
    assert not ran.out.startswith("/opt/gaterunner"), ran
    assert "gaterunner" not in ran.out, ran


def test_no_file_of_ours_can_be_changed_by_anyone_but_root(image: str) -> None:
    ran = run_container(
        image,
        ["/opt/gaterunner", "!", "-type", "l", "(", "-perm", "/022", "-o", "!", "-user", "root", ")"],
        options=["--entrypoint", "find"],
    )
    assert (ran.code, ran.out) == (0, ""), ran


def test_it_starts_as_root_where_the_runner_puts_it(image: str) -> None:
    """GitHub's documentation for container actions: no USER, no WORKDIR."""
    told = docker("image", "inspect", "--format", "{{.Config.User}}|{{.Config.WorkingDir}}", image).stdout
    assert told.strip() in {"|", "|/"}


def test_the_workflows_python_variables_do_not_reach_us(image: str, tmp_path: Path) -> None:
    """With PYTHONPATH=. the branch's own `click` would run as root with the job's token."""
    (tmp_path / "click.py").write_text("print('the branch speaks')\nraise SystemExit(0)\n", "utf-8")
    (tmp_path / "sitecustomize.py").write_text("print('the branch speaks')\n", "utf-8")
    (tmp_path / "gaterunner.py").write_text("print('the branch speaks')\nraise SystemExit(0)\n", "utf-8")
    ran = run_container(
        image,
        ["--version"],
        options=["--workdir", "/github/workspace"],
        env={
            "PYTHONPATH": "/github/workspace",
            "PYTHONSTARTUP": "/github/workspace/click.py",
            "PYTHONHOME": "/nowhere",
        },
        mounts={tmp_path: "/github/workspace"},
    )
    assert (ran.code, ran.out) == (0, f"gaterunner {__version__}\n"), ran
