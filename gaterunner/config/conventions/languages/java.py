"""Java and Kotlin: Maven or Gradle, through the wrapper where the repository ships one."""

from __future__ import annotations

from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.types import Offer

_GRADLE = ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")


def present(files: Files) -> bool:
    return files.first("pom.xml", *_GRADLE) is not None


def offer(gate: str, files: Files) -> Offer | None:
    """The command for a standard gate, with its evidence."""
    if files.has("pom.xml"):
        return _maven(gate, files)
    return _gradle(gate, files) if files.first(*_GRADLE) else None


def _test_source(files: Files, name: str = "test") -> str | None:
    return next((path for path in files.paths if f"/src/{name}/" in f"/{path}"), None)


def _maven(gate: str, files: Files) -> Offer | None:
    maven = ("./mvnw" if files.has("mvnw") else "mvn") + " --batch-mode --no-transfer-progress"
    poms = [path for path in files.paths if f"/{path}".endswith("/pom.xml")]
    if gate == "build":
        return Offer(command=f"{maven} -DskipTests package", evidence="pom.xml")
    if gate == "type-check":
        return Offer(command=f"{maven} test-compile", evidence="pom.xml; compiles main and test sources")
    if gate in ("unit", "test"):
        shown = _test_source(files)
        return Offer(command=f"{maven} test", evidence=f"pom.xml; {shown}") if shown else None
    needed, goal = {
        "lint": ("maven-checkstyle-plugin", "checkstyle:check"),
        "format-check": ("spotless-maven-plugin", "spotless:check"),
        "integration": ("maven-failsafe-plugin", "verify"),
    }.get(gate, ("", ""))
    declared = files.contains(f"<artifactId>{needed}</artifactId>", poms) if needed else None
    if declared is None or (gate == "integration" and not _failsafe_test(files)):
        return None
    return Offer(command=f"{maven} {goal}", evidence=f"{needed} in {declared}")


def _failsafe_test(files: Files) -> bool:
    return any(path.endswith(("IT.java", "ITCase.java", "IT.kt")) for path in files.paths)


def _gradle(gate: str, files: Files) -> Offer | None:
    # A daemon would outlive the gate, which ends what it leaves behind: every run would start one in vain.
    gradle = ("./gradlew" if files.has("gradlew") else "gradle") + " --no-daemon"
    scripts = [path for path in files.paths if path.endswith((".gradle", ".gradle.kts"))]
    root = files.first(*_GRADLE) or ""
    if gate == "build":
        return Offer(command=f"{gradle} assemble", evidence=root)
    if gate == "type-check":
        return Offer(command=f"{gradle} testClasses", evidence=f"{root}; compiles main and test sources")
    if gate in ("unit", "test"):
        shown = _test_source(files)
        return Offer(command=f"{gradle} test", evidence=f"{root}; {shown}") if shown else None
    if gate == "integration":
        shown = _test_source(files, "integrationTest")
        return Offer(command=f"{gradle} integrationTest", evidence=shown) if shown else None
    for plugin, task in {
        "lint": (("checkstyle", "checkstyleMain"), ("detekt", "detekt"), ("ktlint", "ktlintCheck"))
    }.get(gate, (("spotless", "spotlessCheck"),) if gate == "format-check" else ()):
        declared = files.contains(rf"^[^/\n]*\b{plugin}\b", scripts)
        if declared:
            return Offer(command=f"{gradle} {task}", evidence=f"{plugin} in {declared}")
    return None
