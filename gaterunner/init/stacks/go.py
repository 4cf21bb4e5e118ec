"""Go: the toolchain of go.mod, and golangci-lint where it is configured."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaterunner.config.conventions.files import Files
from gaterunner.init.actions import action
from gaterunner.init.types import Proof, Stack, Step

_GOLANGCI = "go install github.com/golangci/golangci-lint{major}/cmd/golangci-lint@latest # pin the version you use"


def _proof(command: str, result: str, files: Files) -> Proof | None:
    """What ``go test -json`` prints; or JUnit of gotestsum, which shows it to people as well, where go.mod lists it
    among the module's tools."""
    found = re.fullmatch(r"go test((?: -tags \w+)?) (\S+)", command)
    if found is None:
        return None
    folder = result.rpartition("/")[0]
    if re.search(r"(?m)^[ \t]*(?:tool )?gotest\.tools/gotestsum[ \t]*$", files.text("go.mod")):
        tested = f"go tool gotestsum --junitfile {result} --{found[1]} {found[2]}"
        return Proof(command=f"mkdir -p {folder} && {tested}", files=result)
    events = f"{result.removesuffix('.xml')}.json"
    return Proof(command=f"mkdir -p {folder} && go test -json{found[1]} {found[2]} > {events}", files=events)


def _steps(files: Files, commands: Sequence[str]) -> tuple[Step, ...]:
    version = {"go_version_file": "go.mod"} if re.search(r"(?m)^go \d", files.text("go.mod")) else {"go_version": "1.x"}
    steps = [action("actions/setup-go", **version, cache="false")]
    if any("golangci-lint" in command for command in commands):
        settings = files.first(".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json")
        newer = settings is not None and re.search(
            r"""(?m)^[ \t]*"?version"?[ \t]*[:=][ \t]*["']?2""", files.text(settings)
        )
        steps.append(Step(name="Have golangci-lint", run=_GOLANGCI.format(major="/v2" if newer else "")))
    return tuple(steps)


STACK = Stack(
    language="Go",
    manifests=("go.mod",),
    # `go vet` is the default for two of them; the second is left away as the same command.
    gates=("build", "lint", "format-check", "unit"),
    shown=lambda _: "Go",
    proof=_proof,
    steps=_steps,
)
