"""The only module that starts a process.

No command passes a shell unless the user wrote a shell line, and no environment is inherited: callers hand over the
whole of it. Gates are forked by a program that is started here (see ``executors/supervision.py``).
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from msgspec import Struct

from gaterunner.errors import EvaluationError


class Completed(Struct, frozen=True, kw_only=True):
    """A process that ended by itself."""

    argv: tuple[str | bytes, ...]
    returncode: int
    stdout: bytes
    stderr: bytes


class Pipes(Struct, frozen=True, kw_only=True):
    """The two ends of a running process that is fed while it answers.

    ``finish`` is called once ``stdout`` has ended: it waits for the process and tells its exit code and what it wrote
    to standard error. Without it an answer that was cut short looks like a complete one. ``kill`` ends the process at
    once, so that whoever reads or writes meets an end.
    """

    stdin: IO[bytes]
    stdout: IO[bytes]
    finish: Callable[[], Completed]
    kill: Callable[[], None]


# In pieces this large, instead of the usual 8 and 64 KiB, reading 330 MB takes half the processor time.
_BUFFER = 1 << 18
_PIPE = 1 << 20


def _widen(*pipes: IO[bytes]) -> None:
    """Lets more lie in each pipe, where the system has that and this user has not used up his share."""
    if sys.platform == "linux":
        for pipe in pipes:
            with suppress(OSError):
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def _spawn_error(argv: Sequence[str | bytes], error: OSError) -> EvaluationError:
    name = argv[0].decode(errors="replace") if isinstance(argv[0], bytes) else argv[0]
    if isinstance(error, FileNotFoundError):
        return EvaluationError(f"{name} was not found", help=f"install {name} or put it on PATH")
    return EvaluationError(f"{name} could not be started: {error.strerror}")


def capture(
    argv: Sequence[str | bytes],
    *,
    cwd: Path,
    env: Mapping[str, str],
    input: bytes = b"",
    timeout_s: float = 120.0,
) -> Completed:
    """Runs a command to its end and returns what it printed, whatever its exit code.

    Raises ``EvaluationError`` when it cannot be started or does not end within ``timeout_s`` seconds.
    """
    try:
        done = subprocess.run(
            argv, cwd=cwd, env=dict(env), input=input, capture_output=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise EvaluationError(f"{argv[0]!s} gave no answer within {timeout_s:g} s") from error
    except OSError as error:
        raise _spawn_error(argv, error) from error
    return Completed(argv=tuple(argv), returncode=done.returncode, stdout=done.stdout, stderr=done.stderr)


def capture_together(
    argvs: Sequence[Sequence[str | bytes]], *, cwd: Path, env: Mapping[str, str], timeout_s: float = 120.0
) -> tuple[Completed, ...]:
    """The same for several commands that run at once and read nothing; the results are in their order."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        for argv in argvs:
            try:
                started.append(
                    subprocess.Popen(
                        argv,
                        cwd=cwd,
                        env=dict(env),
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                    )
                )
            except OSError as error:
                raise _spawn_error(argv, error) from error
        # One after the other: whoever is not read yet waits with a full pipe, and nobody waits for anybody else.
        return tuple(_collect(process, argv, timeout_s) for process, argv in zip(started, argvs, strict=True))
    finally:
        for process in started:
            with process:
                process.kill()


def _collect(process: subprocess.Popen[bytes], argv: Sequence[str | bytes], timeout_s: float) -> Completed:
    try:
        stdout, stderr = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise EvaluationError(f"{argv[0]!s} gave no answer within {timeout_s:g} s") from error
    return Completed(argv=tuple(argv), returncode=process.returncode, stdout=stdout, stderr=stderr)


@contextmanager
def piped(argv: Sequence[str | bytes], *, cwd: Path, env: Mapping[str, str]) -> Iterator[Pipes]:
    """Starts a command whose input and output are streams; it is ended when the block is left.

    Raises ``EvaluationError`` when it cannot be started. The caller sees an early end as an end of ``stdout`` and asks
    ``finish`` whether it was one.
    """
    with TemporaryFile() as stderr:  # a file, not a pipe: nobody reads it while the answer streams
        try:
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env=dict(env),
                bufsize=_BUFFER,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        except OSError as error:
            raise _spawn_error(argv, error) from error
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both pipes were asked for")
        _widen(process.stdin, process.stdout)

        def finish() -> Completed:
            returncode = process.wait()
            stderr.seek(0)
            return Completed(argv=tuple(argv), returncode=returncode, stdout=b"", stderr=stderr.read())

        try:
            yield Pipes(stdin=process.stdin, stdout=process.stdout, finish=finish, kill=process.kill)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            with suppress(BrokenPipeError):
                process.stdin.close()


class Background(Struct, frozen=True, kw_only=True):
    """A process that runs beside us until ``end`` kills it and waits for it."""

    pid: int
    end: Callable[[], None]


def background(argv: Sequence[str], *, env: Mapping[str, str], descriptor: int) -> Background:
    """Starts a program in a session of its own, with one descriptor of ours and no streams.

    Raises ``EvaluationError`` when it cannot be started.
    """
    try:
        process = subprocess.Popen(
            argv,
            cwd="/",
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[descriptor],
            start_new_session=True,
        )
    except OSError as error:
        raise _spawn_error(argv, error) from error
    return _until_ended(process)


def connected(argv: Sequence[str], *, env: Mapping[str, str], stream: int, errors: int) -> Background:
    """Starts a program in a session of its own whose standard input and output are both the descriptor ``stream``.

    ``errors`` is the descriptor that its standard error goes to. Raises ``EvaluationError`` when it cannot be started.
    """
    try:
        process = subprocess.Popen(
            argv, cwd="/", env=dict(env), stdin=stream, stdout=stream, stderr=errors, start_new_session=True
        )
    except OSError as error:
        raise _spawn_error(argv, error) from error
    return _until_ended(process)


def _until_ended(process: subprocess.Popen[bytes]) -> Background:
    def end() -> None:
        process.kill()
        process.wait()

    return Background(pid=process.pid, end=end)
