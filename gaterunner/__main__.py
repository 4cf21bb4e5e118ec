"""``python -m gaterunner`` and the console script."""

from __future__ import annotations

import atexit
import gc
import os
import sys

_INTERRUPTED = 130  # as in `errors`, which is not there yet


def main() -> None:
    """Runs the command line and exits with its code."""
    _leave_the_checkout_out_of_imports()
    gc.set_threshold(50_000)  # nearly all that a short run makes is kept until its end; looking often finds nothing
    try:
        from gaterunner.cli import main as run
    except KeyboardInterrupt:  # nothing has begun that would have to be ended
        os._exit(_INTERRUPTED)

    code = run()
    try:
        # What is registered there (folders to remove, coverage) is all that has to be done; no thread outlives a run.
        atexit._run_exitfuncs()  # noqa: SLF001  Python has no public name for it
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads any more: Python's own way out says so
        sys.exit(code)
    os._exit(code)  # taking a hundred modules apart would take longer than asking git for a change


def _leave_the_checkout_out_of_imports() -> None:
    """`python -m` puts the current folder in front of everything, and so may PYTHONPATH: a branch with a `yaml.py`
    would run inside gaterunner. What belongs to the Python environment stays, also where that lies in the checkout."""
    root = os.path.realpath(os.curdir)
    while not os.path.lexists(f"{root}/.git"):
        if root == "/":
            return
        root = os.path.dirname(root)  # noqa: PTH120 (pathlib costs --version a third of its time)
    own = tuple(os.path.realpath(prefix) for prefix in (sys.prefix, sys.base_prefix))
    sys.path[:] = [entry for entry in sys.path if _below(entry, own) or not _below(entry, (root,))]


def _below(entry: str, folders: tuple[str, ...]) -> bool:
    path = os.path.realpath(entry)
    return any(path == folder or path.startswith(f"{folder.rstrip('/')}/") for folder in folders)


if __name__ == "__main__":
    main()
