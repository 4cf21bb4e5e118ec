"""Java and Kotlin: Maven or Gradle, with the JDK that the build asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.config.conventions.files import Files
from gaterunner.init.actions import action
from gaterunner.init.types import Proof, Stack, Step

_NEWEST = "21"
_MAVEN = re.compile(
    r"<(?:maven\.compiler\.(?:release|target|source)|java\.version|release)>\s*(?:1\.)?(\d+)\s*<", re.IGNORECASE
)
_GRADLE = re.compile(r"(?:languageVersion|jvmToolchain|JavaVersion\.VERSION_)[^\d\n]{0,60}?(?:1_)?(\d+)")
_SETTINGS = ("settings.gradle", "settings.gradle.kts")


def _shown(files: Files) -> str:
    return "Java (Maven)" if files.has("pom.xml") else "Java (Gradle)"


def _proof(command: str, _result: str, files: Files) -> Proof | None:
    """Surefire and Gradle always write JUnit; Gradle only when it executes the tests."""
    if files.has("pom.xml"):
        found = re.fullmatch(r"(?:\./mvnw|mvn) .*\btest", command)
        return Proof(command=command, files="**/target/surefire-reports/TEST-*.xml") if found else None
    found = re.fullmatch(r"((?:\./gradlew|gradle) --no-daemon) test", command)
    if found is None:
        return None
    return Proof(command=f"{found[1]} cleanTest test --no-build-cache", files="**/build/test-results/test/TEST-*.xml")


def _steps(files: Files, _commands: Sequence[str]) -> tuple[Step, ...]:
    if files.has(".java-version"):
        return (action("actions/setup-java", distribution="temurin", java_version_file=".java-version"),)
    return (action("actions/setup-java", distribution="temurin", java_version=_version(files)),)


def _version(files: Files) -> str:
    texts = [files.text(path) for path in files.paths if "/" not in path and path.endswith((".gradle", ".gradle.kts"))]
    found = _MAVEN.search(files.text("pom.xml")) or next((hit for text in texts if (hit := _GRADLE.search(text))), None)
    return found[1] if found else _NEWEST


def _members(files: Files) -> tuple[str, ...]:
    """Modules of the root's reactor or build; a nested one that neither lists is a build of its own."""
    modules = re.findall(r"<module>\s*([\w./-]+)\s*</module>", files.text("pom.xml"))
    settings = files.first(*_SETTINGS)
    included = re.findall(r"""["']:?([\w.:/-]+)["']""", _included(files.text(settings))) if settings else []
    return (*modules, *(name.replace(":", "/") for name in included))


def _included(text: str) -> str:
    return "\n".join(
        found[0] for found in re.finditer(r"\binclude\b\s{0,99}\(?(?:\s{0,99}[\"'][^\"']{1,200}[\"']\s{0,99},?)+", text)
    )


STACK = Stack(
    language="Java",
    manifests=("pom.xml", "build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"),
    # Compiling is what `build` does.
    gates=("build", "lint", "format-check", "unit", "integration"),
    shown=_shown,
    proof=_proof,
    steps=_steps,
    members=_members,
)
