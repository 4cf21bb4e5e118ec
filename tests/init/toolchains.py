"""The real toolchains of a machine, closed in: each writes below one folder, and none has anybody to ask.

Debian's packages are all they need: compilers with their standard libraries, and Maven's plugins, gems and PHPUnit as
Debian ships them. Where one is missing its tests are skipped with the reason, or fail when
``GATERUNNER_REQUIRE_TOOLCHAINS=1``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

import pytest
from msgspec import Struct

# Read here, at import: while a test runs, its environment holds nothing of ours.
_REQUIRED = os.environ.get("GATERUNNER_REQUIRE_TOOLCHAINS") == "1"
_MAVEN_REPOSITORY = Path("/usr/share/maven-repo")
_MAVEN_PLUGINS = ("maven-compiler-plugin", "maven-jar-plugin", "maven-resources-plugin", "maven-surefire-plugin")
_JUNIT = _MAVEN_REPOSITORY / "junit/junit/4.x"
_PHPUNIT = Path("/usr/bin/phpunit")
_GEMS = ("rspec", "rspec_junit_formatter", "rubocop")
_OLDEST_NODE = 18  # the first whose test runner writes JUnit
_LONGEST_S = 60


class Toolchain(Struct, frozen=True, kw_only=True):
    """``missing`` says what a machine lacks, None where it has it all; ``packages`` are Debian's.

    ``environment`` is what keeps the tools within a folder, which it may write into; ``folders`` are where they lie
    beside those of PATH.
    """

    packages: str
    missing: Callable[[], str | None]
    environment: Callable[[Path], dict[str, str]]
    folders: tuple[str, ...] = ()


def need(name: str) -> None:
    """Skips the test where the machine lacks the toolchain, or fails it where all of them are required."""
    reason = why_missing(name)
    if reason is None:
        return
    if _REQUIRED:
        pytest.fail(f"GATERUNNER_REQUIRE_TOOLCHAINS=1, but {reason}", pytrace=False)
    pytest.skip(f"{reason} (Debian: {TOOLCHAINS[name].packages})")


@lru_cache
def why_missing(name: str) -> str | None:
    """None where the machine has the toolchain, else what it lacks."""
    return TOOLCHAINS[name].missing()


def _no_program(*names: str) -> str | None:
    lacking = [name for name in names if shutil.which(name) is None]
    return f"no {' and no '.join(lacking)} on PATH" if lacking else None


def _said(*argv: str) -> str:
    """What a program prints, empty where it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=_LONGEST_S)
    return done.stdout.strip() if done.returncode == 0 else ""


def _folder(path: Path) -> str:
    path.mkdir(parents=True, exist_ok=True)
    return str(path)


def _go(folder: Path) -> dict[str, str]:
    return {
        "GOCACHE": _folder(folder / "go-cache"),
        "GOPATH": _folder(folder / "go-path"),
        "GOENV": "off",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
    }


def _rust_programs() -> str | None:
    """The toolchain itself: rustup's own programs look it up in a home directory, which tests do not have."""
    root = _said("rustc", "--print", "sysroot") if shutil.which("rustc") else ""
    return f"{root}/bin" if root and Path(root, "bin", "cargo-clippy").is_file() else None


_RUST = _rust_programs()


def _cargo(folder: Path) -> dict[str, str]:
    return {"CARGO_HOME": _folder(folder / "cargo"), "CARGO_NET_OFFLINE": "true"}


def _no_maven() -> str | None:
    lacking = _no_program("mvn", "javac")
    if lacking:
        return lacking
    # Any other Maven asks for other versions of its plugins than those that lie on the disk.
    if not str(Path(shutil.which("mvn") or "").resolve()).startswith("/usr/share/maven/"):
        return "mvn is not Debian's"
    at = {name: _MAVEN_REPOSITORY / "org/apache/maven/plugins" / name for name in _MAVEN_PLUGINS}
    lacking_plugins = [name for name, path in at.items() if not path.is_dir()]
    if not _JUNIT.is_dir():
        lacking_plugins.append("JUnit")
    return f"no {' and no '.join(lacking_plugins)} in {_MAVEN_REPOSITORY}" if lacking_plugins else None


def _maven(folder: Path) -> dict[str, str]:
    """Debian's repository stands for every other; what is asked of it is kept within the folder."""
    home = folder / "maven"
    _folder(home / ".m2")
    mirror = f"<mirror><id>debian</id><mirrorOf>*</mirrorOf><url>{_MAVEN_REPOSITORY.as_uri()}</url></mirror>"
    (home / ".m2" / "settings.xml").write_text(f"<settings><mirrors>{mirror}</mirrors></settings>\n")
    # Debian's Surefire waits 10 s for the process that it starts after that has ended, so tests run within Maven.
    options = (f"-Dmaven.repo.local={home}/repository", f"-Duser.home={home}", "-DforkCount=0")
    return {"MAVEN_OPTS": " ".join((*options, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"))}


def _no_gradle() -> str | None:
    lacking = _no_program("gradle", "javac")
    if lacking:
        return lacking
    if not str(Path(shutil.which("gradle") or "").resolve()).startswith("/usr/share/gradle/"):
        return "gradle is not Debian's"
    return None if _JUNIT.is_dir() else f"no JUnit in {_MAVEN_REPOSITORY}"


def _gradle(folder: Path) -> dict[str, str]:
    options = f"-Duser.home={_folder(folder / 'gradle-user')} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    return {"GRADLE_USER_HOME": _folder(folder / "gradle"), "GRADLE_OPTS": options}


def _no_ruby() -> str | None:
    lacking = _no_program("ruby", "bundle")
    if lacking:
        return lacking
    gems = [name for name in _GEMS if not _said("ruby", "-e", f"puts Gem::Specification.find_by_name({name!r}).name")]
    return f"no gem {' and no gem '.join(gems)}" if gems else None


def _ruby(folder: Path) -> dict[str, str]:
    """Bundler takes the gems of the machine; those of nobody's home, and none from anywhere else."""
    return {
        "BUNDLE_APP_CONFIG": _folder(folder / "bundle"),
        "BUNDLE_USER_HOME": _folder(folder / "bundle-home"),
        "GEM_HOME": _folder(folder / "gems"),
        "BUNDLE_FROZEN": "true",
        "RUBOCOP_CACHE_ROOT": _folder(folder / "rubocop"),
    }


def _no_php() -> str | None:
    lacking = _no_program("php", "composer")
    return lacking or (None if _PHPUNIT.is_file() else f"no {_PHPUNIT}")


def _php(folder: Path) -> dict[str, str]:
    """Composer finds PHPUnit, as Debian ships it, in a repository on the disk, which its own settings name."""
    version = re.search(r"PHPUnit (\d+\.\d+\.\d+)", _said("php", str(_PHPUNIT), "--version"))
    package = Path(_folder(folder / "php-packages" / "phpunit"))
    shutil.copy(_PHPUNIT, package / "phpunit")
    described = {"name": "phpunit/phpunit", "version": version[1] if version else "", "bin": ["phpunit"]}
    (package / "composer.json").write_text(json.dumps(described))
    home = Path(_folder(folder / "composer"))
    repositories = [{"type": "path", "url": f"{package.parent}/*"}, {"packagist.org": False}]
    (home / "config.json").write_text(json.dumps({"repositories": repositories}))
    return {"COMPOSER_HOME": str(home), "COMPOSER_ALLOW_SUPERUSER": "1", "COMPOSER_DISABLE_NETWORK": "1"}


def _no_node() -> str | None:
    lacking = _no_program("node", "npm")
    if lacking:
        return lacking
    version = _said("node", "--version")
    major = re.match(r"v(\d+)", version)
    return None if major and int(major[1]) >= _OLDEST_NODE else f"node {version} is older than {_OLDEST_NODE}"


def _node(folder: Path) -> dict[str, str]:
    return {
        "npm_config_cache": _folder(folder / "npm"),
        "npm_config_update_notifier": "false",
        "npm_config_offline": "true",
    }


TOOLCHAINS: Mapping[str, Toolchain] = {
    "go": Toolchain(packages="golang-go", missing=lambda: _no_program("go"), environment=_go),
    "gotestsum": Toolchain(
        packages="golang-go gotestsum make", missing=lambda: _no_program("go", "gotestsum", "make"), environment=_go
    ),
    "rust": Toolchain(
        packages="cargo rust-clippy",
        missing=lambda: None if _RUST else "no Rust toolchain with clippy",
        environment=_cargo,
        folders=(_RUST,) if _RUST else (),
    ),
    "maven": Toolchain(
        packages="default-jdk-headless maven junit4 libsurefire-java libmaven-compiler-plugin-java "
        "libmaven-jar-plugin-java libmaven-resources-plugin-java",
        missing=_no_maven,
        environment=_maven,
    ),
    "gradle": Toolchain(packages="default-jdk-headless gradle junit4", missing=_no_gradle, environment=_gradle),
    "ruby": Toolchain(
        packages="ruby bundler ruby-rspec ruby-rspec-junit-formatter rubocop", missing=_no_ruby, environment=_ruby
    ),
    "php": Toolchain(packages="php-cli php-xml php-mbstring composer phpunit", missing=_no_php, environment=_php),
    "node": Toolchain(packages="nodejs npm", missing=_no_node, environment=_node),
}
