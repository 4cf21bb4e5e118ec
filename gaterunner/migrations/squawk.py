"""Starts squawk, the lock linter for PostgreSQL, on texts of migrations; no file of the branch is in its reach."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import msgspec

from gaterunner.errors import EvaluationError
from gaterunner.policies.context import LockRemark
from gaterunner.process import capture

INSTALL_HELP = "install it with `pip install gaterunner[locks]`, or leave `lock-lint` out"
_FOUND, _CLEAN = 1, 0


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of its report; ``line`` counts from 0."""

    file: str
    line: int
    message: str
    rule_name: str
    help: str | None = None


def lint(
    texts: Sequence[str], without: Sequence[str] = (), *, environment: Mapping[str, str] | None = None
) -> tuple[LockRemark, ...]:
    """What squawk remarks on each text, ``without`` some of its rules.

    Raises ``EvaluationError`` when it is missing, fails, or answers something else than its report.
    """
    path = (environment or {}).get("PATH")
    # The wheel puts the program beside the interpreter, which need not be on PATH.
    program = which("squawk", path=path) or which("squawk", path=str(Path(sys.executable).parent))
    if program is None:
        raise EvaluationError("squawk, which `lock-lint: squawk` asks for, was not found", help=INSTALL_HELP)
    with TemporaryDirectory(prefix="gaterunner-locks-") as folder:
        root = Path(folder)
        (root / ".squawk.toml").write_text("")  # it looks for one in every folder above
        names = [f"{number}.sql" for number in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            (root / name).write_text(text, encoding="utf-8")
        exclude = [f"--exclude={','.join(without)}"] if without else []
        argv = [program, "--reporter", "json", "--config", ".squawk.toml", *exclude, *names]
        done = capture(argv, cwd=root, env={"PATH": path or "", "HOME": folder})
    if done.returncode not in {_FOUND, _CLEAN}:
        said = done.stderr.decode(errors="replace").strip()[:300]
        raise EvaluationError(f"squawk ended with exit code {done.returncode}: {said}", help=INSTALL_HELP)
    try:
        rows = msgspec.json.decode(done.stdout or b"[]", type=list[_Row])
        return tuple(
            LockRemark(
                file=int(row.file.rpartition("/")[2].removesuffix(".sql")),
                line=row.line + 1,
                rule=row.rule_name,
                message=row.message,
                help=row.help,
            )
            for row in rows
        )
    except (msgspec.MsgspecError, ValueError):
        raise EvaluationError("squawk's report cannot be read", help="use the version that gaterunner names") from None
