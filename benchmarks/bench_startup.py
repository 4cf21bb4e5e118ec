"""`gaterunner --version` against a bare `import click, yaml`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pairs import compare, tell

if __name__ == "__main__":
    rounds = compare(
        [str(Path(sys.executable).parent / "gaterunner"), "--version"],
        [sys.executable, "-c", "import click, yaml"],
        cwd=Path.cwd(),
        env=os.environ,
    )
    tell("gaterunner --version / import click, yaml", rounds, bound=2.0)
