"""Go: the toolchain's own commands over the whole module."""

from __future__ import annotations

from gaterunner.config.conventions.files import Files
from gaterunner.config.conventions.languages.directories import test_directory
from gaterunner.config.conventions.types import Offer

# gofmt itself succeeds whatever it finds, and a missing gofmt must not look like a formatted tree.
_FORMAT = 'unformatted=$(gofmt -l .) && test -z "$unformatted" || { echo "$unformatted"; exit 1; }'
_GOLANGCI = (".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json")


def present(files: Files) -> bool:
    return files.has("go.mod")


def offer(gate: str, files: Files) -> Offer | None:
    """The command for a standard gate, with its evidence."""
    if not present(files) or not any(path.endswith(".go") for path in files.paths):
        return None
    if gate == "build":
        return Offer(command="go build ./...", evidence="go.mod")
    if gate == "type-check":
        return Offer(command="go vet ./...", evidence="go.mod; vet type-checks everything, tests included")
    if gate == "lint":
        settings = files.first(*_GOLANGCI)
        command = "golangci-lint run ./..." if settings else "go vet ./..."
        return Offer(command=command, evidence=settings or "go.mod, and no golangci-lint settings")
    if gate == "format-check":
        return Offer(command=_FORMAT, evidence="go.mod")
    return _test(gate, files)


def _is_test(path: str) -> bool:
    return path.endswith("_test.go")


def _test(gate: str, files: Files) -> Offer | None:
    tests = [path for path in files.paths if _is_test(path)]
    if gate in ("unit", "test"):
        count = f"{len(tests)} test file{'s' if len(tests) != 1 else ''}"
        return Offer(command="go test ./...", evidence=f"go.mod; {count}") if tests else None
    tagged = files.contains(rf"^//go:build [^\n]*\b{gate}\b", tests)
    tag = f" -tags {gate}" if tagged else ""
    directory = test_directory(gate, files, _is_test, "test", "tests", "")
    if directory:
        return Offer(command=f"go test{tag} ./{directory}/...", evidence=f"{directory}/ holds tests")
    return Offer(command=f"go test{tag} ./...", evidence=f"{tagged} has the build tag `{gate}`") if tagged else None
