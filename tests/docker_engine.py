"""A Docker engine for tests: whether one answers, the image under test, and running it in containers.

Where no engine answers, docker-marked tests are skipped with the reason, or fail when ``GATERUNNER_REQUIRE_DOCKER=1``.
``GATERUNNER_TEST_BASE_IMAGE`` names a base for machines that reach no registry (``.ci/base-image`` makes one), and
``GATERUNNER_TEST_POSTGRES_IMAGE`` and ``GATERUNNER_TEST_REDIS_IMAGE`` services (``.ci/service-images`` makes both).
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BASE_IMAGE = os.environ.get("GATERUNNER_TEST_BASE_IMAGE")
POSTGRES_IMAGE = os.environ.get("GATERUNNER_TEST_POSTGRES_IMAGE", "postgres:16")
REDIS_IMAGE = os.environ.get("GATERUNNER_TEST_REDIS_IMAGE", "redis:7")
# Read here, at import: while a test runs, its environment holds nothing of ours.
_ENVIRONMENT = dict(os.environ)
_REQUIRED = _ENVIRONMENT.get("GATERUNNER_REQUIRE_DOCKER") == "1"
# `.ci/run` removes what carries its own number; see there.
LABEL = f"gaterunner.test={_ENVIRONMENT.get('GATERUNNER_TEST_RUN', '0')}"
_TAG = "gaterunner:under-test"


def docker(*arguments: str, timeout_s: float = 120.0, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs the docker command line with the machine's own environment; its output is decoded leniently."""
    done = subprocess.run(
        ["docker", *arguments],
        env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout_s,
        check=False,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"docker {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


@lru_cache
def why_no_engine() -> str | None:
    """None when an engine answers and has or gets the image's base, else the reason in one line."""
    if shutil.which("docker") is None:
        return "no docker command on PATH"
    try:
        done = docker("version", "--format", "{{.Server.Os}}", timeout_s=20, check=False)
    except subprocess.TimeoutExpired:
        return "the Docker engine gave no answer within 20 s"
    if done.returncode != 0:
        return f"no Docker engine answers: {(done.stderr or done.stdout).strip().splitlines()[-1]}"
    if done.stdout.strip() != "linux":
        return f"the Docker engine runs {done.stdout.strip()}, not linux"
    return _why_no_base()


def _why_no_base() -> str | None:
    declared = re.search(r"^ARG BASE=(\S+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert declared, "the Dockerfile names no base"
    return _why_no_image(BASE_IMAGE or declared[1], "GATERUNNER_TEST_BASE_IMAGE")


@lru_cache
def _why_no_image(name: str, variable: str) -> str | None:
    if docker("image", "inspect", name, check=False).returncode == 0:
        return None
    if docker("pull", "--quiet", name, timeout_s=600, check=False).returncode == 0:
        return None
    return f"the Docker engine cannot get the image {name}; name one that it has in {variable}"


def need_engine() -> None:
    """Skips the test where no engine answers; fails it where one was asked for."""
    _need(why_no_engine())


def need_image(name: str, variable: str) -> None:
    """The same where the engine has not and cannot get an image; ``variable`` is where another can be named."""
    need_engine()
    _need(_why_no_image(name, variable))


def _need(reason: str | None) -> None:
    if reason is None:
        return
    if _REQUIRED:
        pytest.fail(f"GATERUNNER_REQUIRE_DOCKER=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def build_image(shared: Path, *, folder: Path = ROOT, tag: str = _TAG) -> str:
    """Builds the Dockerfile of a folder once per test session, whatever the number of workers; returns its id.

    ``shared`` is a folder that all workers of the session see. The engine's layer cache makes a second session quick.
    """
    done = shared / f"image-id-{tag.partition(':')[0]}"
    with done.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            built = docker(*_build_arguments(folder, tag), timeout_s=900)
            done.write_text(built.stdout.strip().splitlines()[-1], "utf-8")
    return done.read_text("utf-8")


def _build_arguments(folder: Path, tag: str) -> list[str]:
    # The host's network: a build needs Debian's packages and a package index as this machine reaches them.
    arguments = ["build", "--quiet", "--network=host", "--tag", tag, "--label", LABEL.split("=", maxsplit=1)[0]]
    if BASE_IMAGE:
        arguments += ["--build-arg", f"BASE={BASE_IMAGE}"]
    for name, value in _package_index().items():
        arguments += ["--build-arg", f"{name}={value}"]
    return [*arguments, str(folder)]


def _package_index() -> dict[str, str]:
    """How this machine's pip reaches its index, as build arguments; folders of this machine mean nothing in a build."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], env=_ENVIRONMENT, capture_output=True, text=True, check=True
    )
    told = dict(re.findall(r"^(?:global|install|:env:)\.([\w-]+)='(.*)'$", done.stdout, re.MULTILINE))
    settings = {f"PIP_{name.replace('-', '_').upper()}": told.get(name) for name in ("index-url", "trusted-host")}
    if told.get("cert"):
        # The machine's certificates are in the base, where Debian keeps them.
        settings["PIP_CERT"] = "/etc/ssl/certs/ca-certificates.crt"
    extra = [url for url in told.get("extra-index-url", "").split() if url.startswith("http")]
    settings["PIP_EXTRA_INDEX_URL"] = " ".join(extra)
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        settings[name] = _ENVIRONMENT.get(name)
    return {name: value for name, value in settings.items() if value}


class Ran:
    """What a container printed and returned."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def __repr__(self) -> str:
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def run_container(
    image: str,
    arguments: Sequence[str] = (),
    *,
    options: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    mounts: Mapping[Path, str] | None = None,
    network: str = "none",
    timeout_s: float = 180.0,
) -> Ran:
    """``docker run --rm`` without a terminal; ``mounts`` maps folders of this machine to paths in the container.

    Without a network unless one is named: nothing that a test runs has to reach anything.
    """
    flags = ["--rm", "--label", LABEL, f"--network={network}", *options]
    for name, value in (env or {}).items():
        flags += ["--env", f"{name}={value}"]
    for source, target in (mounts or {}).items():
        flags += ["--volume", f"{source}:{target}"]
    return Ran(docker("run", *flags, image, *arguments, timeout_s=timeout_s, check=False))


def own_layers(image: str) -> dict[str, int]:
    """Bytes that each instruction of our Dockerfile's last stage added, by the instruction; nothing of the base."""
    told = docker("history", "--no-trunc", "--human=false", "--format", "{{json .}}", image).stdout
    layers: dict[str, int] = {}
    for row in map(json.loads, told.splitlines()):
        layers[row["CreatedBy"]] = int(row["Size"])
        if "GATERUNNER_IMAGE=1" in row["CreatedBy"]:
            return layers
    raise AssertionError(f"the last stage's first instruction is not in the image's history:\n{told}")
