"""The program that forks supervisors, one per gate. Started once in a run, as early as possible.

Starting a Python costs more than most gates do, so it is done once, beside what comes before the first gate; what is
then forked has loaded everything, and shares nothing with another gate. The program runs isolated (``-I -S``: no
site-packages, no variables, nothing of the current folder) and holds nothing of gaterunner's own memory.
"""

from __future__ import annotations

import gc
import os
import sys


def serve(control: int) -> None:
    """Forks a supervisor for every two descriptors that come in, its socket and its output, until gaterunner is gone.

    The answer is the supervisor's process id, or below zero an errno. The supervisor becomes a child of gaterunner,
    which is the next subreaper above: so it is waited for by whoever asked for it.
    """
    import _socket  # without the enums of `socket`, which take longer to make than everything else here
    import select  # noqa: F401  loaded for all that are forked

    from gaterunner.executors import supervisor

    supervisor.become_unreadable()  # what is forked stays so until it becomes a gate by execve(2)
    gc.disable()
    gc.freeze()  # a collection would touch, and so copy, every page that a forked process shares
    connection = _socket.socket(fileno=control)
    while True:
        message, attached, _flags, _from = connection.recvmsg(1, _socket.CMSG_SPACE(8), _socket.MSG_CMSG_CLOEXEC)
        if not message:
            return
        _level, _type, data = attached[0]
        channel, output = (int.from_bytes(data[at : at + 4], sys.byteorder) for at in (0, 4))
        try:
            answer = _fork_orphan(control, channel, output)
        except OSError as error:
            answer = _refusal(error)
        os.close(channel)
        os.close(output)
        connection.send(answer)


def _refusal(error: OSError) -> bytes:
    return b"-%d" % (error.errno or 0)


def _fork_orphan(control: int, channel: int, output: int) -> bytes:
    """Forks twice, so that the supervisor is nobody's child here; returns what ``serve`` answers."""
    read, write = os.pipe()
    between = os.fork()
    if between == 0:
        try:
            pid = os.fork()
            if pid == 0:
                for descriptor in (control, read, write):
                    os.close(descriptor)
                _supervise(channel, output)
            else:
                os.write(write, b"%d" % pid)
        except OSError as error:
            os.write(write, _refusal(error))
        finally:
            os._exit(0)
    os.close(write)
    answer = os.read(read, 32)
    os.close(read)
    os.waitpid(between, 0)
    return answer


def _supervise(channel: int, output: int) -> None:
    from gaterunner.executors import supervisor

    os.setsid()  # a terminal's Ctrl-C reaches gaterunner only, which then ends the gate
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    supervisor.main(channel)


def main() -> None:
    """The program: its one argument is the number of the descriptor that ``serve`` listens on."""
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))  # noqa: PTH100, PTH120  see above
    control = int(sys.argv[1])
    os.set_inheritable(control, False)
    try:
        serve(control)
    finally:
        os._exit(0)  # taking the interpreter apart would be waited for


if __name__ == "__main__":
    main()
