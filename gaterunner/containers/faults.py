"""What the Docker engine refuses, or the way to it, as one clear line that a user can act on."""

from __future__ import annotations

import errno
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from gaterunner.errors import EvaluationError

_LONGEST_LINE = 400
_RUNS = "see whether the engine still runs: `docker info`"


class _Known(Struct, frozen=True):
    """A fault by what the engine says of it (lower case), how we say it (None: as the engine does), and what to do."""

    pattern: re.Pattern[str]
    says: str | None
    help: str


def _known(pattern: str, says: str | None, help: str) -> _Known:
    return _Known(re.compile(pattern), says, help)


# Order counts: the first that is found is told.
_KNOWN = (
    _known(
        r"no space left on device|disk quota exceeded",
        "no space left on the engine's disk",
        "make room on it, for example with `docker system prune`",
    ),
    _known(
        r"invalid reference format|invalid repository name|invalid tag format|invalid checksum digest",
        "that is not an image's name",
        "write it as name:tag or name@sha256:digest, in lower case",
    ),
    _known(
        r"too ?many ?requests|rate limit",
        "the registry's rate limit is reached",
        "log in (`docker login`), or use a mirror of the registry",
    ),
    _known(
        r"pull access denied|repository does not exist|requested access to the resource is denied",
        "there is no such image, or it may not be pulled without logging in",
        "correct its name, or run `docker login` for its registry",
    ),
    _known(
        r"unauthorized|authentication required|no basic auth credentials|denied: ",
        "the registry refuses the credentials",
        "run `docker login` for its registry as the user that gaterunner runs as",
    ),
    _known(
        r"no such image|manifest unknown|manifest for .* not found|manifest .* not found|name unknown",
        "there is no such image",
        "correct its name and tag or digest",
    ),
    _known(
        r"no matching manifest for|does not match the specified platform",
        "the image does not exist for this machine's processor",
        "name an image that was built for it",
    ),
    _known(
        r"lookup .*(?:no such host|server misbehaving|temporary failure)|network is unreachable|i/o timeout"
        r"|tls handshake timeout|request canceled while waiting for connection|connection refused.*registry"
        r"|dial tcp",
        "the registry cannot be reached from the engine",
        "see to the engine's network and proxy, or load the image into it (`docker load`)",
    ),
    _known(
        r"x509|certificate",
        "the registry's certificate is not trusted by the engine",
        "add its authority to the engine's machine",
    ),
    _known(
        r"port is already allocated|address already in use",
        "the port is already in use on the engine's machine",
        "end what listens there, or choose another port",
    ),
    _known(
        r"non-overlapping ipv4 address pool|predefined address pools have been fully subnetted",
        "the engine has no address range left for another network",
        "remove networks that nothing uses (`docker network prune`), or lower `--jobs`",
    ),
    _known(
        r"multiple networks with one of the networks in private|sharing network namespace",
        "the container that gaterunner runs in has no network to join another beside",
        "start it on a network (`docker run` without `--network none` and `container:…`), or give the gate an `image:`",
    ),
    _known(
        r"docker-init.*(?:not found|no such file)",
        "the engine has no `docker-init`, which every gate's container starts with",
        "install it on the engine's machine (part of Docker; Debian: package tini)",
    ),
    _known(
        r"range of cpus is from",
        None,
        "lower `resources: cpus:` to what the engine's machine has",
    ),
    _known(
        r"minimum memory limit",
        None,
        "raise `resources: memory:`",
    ),
    _known(
        r"bind source path does not exist",
        "the engine does not see the checkout",
        "run gaterunner on the engine's machine, or mount the checkout at the same path there",
    ),
)


def told(error: BaseException, what: str) -> EvaluationError:
    """What became of ``what`` ("image x:1"), in one line; ``error`` comes from the SDK, requests or the system."""
    if isinstance(error, EvaluationError):
        return error
    found = _os_error(error)
    explanation = str(getattr(error, "explanation", None) or "")
    if found is not None and not explanation:
        return _no_tls(found, what) if isinstance(found, ssl.SSLError) else _unreachable(found, what)
    text = one_line(explanation or str(error) or type(error).__name__)
    for known in _KNOWN:
        if known.pattern.search(text.lower()):
            return EvaluationError(f"{what}: {known.says or text}", help=known.help)
    if not explanation and _is_silence(error):
        return EvaluationError(f"{what}: the engine gave no answer ({text})", help=_RUNS)
    return EvaluationError(f"{what}: {text}", help="see what the Docker engine's own log says")


@contextmanager
def faults(what: str) -> Iterator[None]:
    """Turns what the SDK, requests and sockets raise inside the block into ``EvaluationError``; see ``told``."""
    try:
        yield
    except engine_errors() as error:
        raise told(error, what) from error


def engine_errors() -> tuple[type[Exception], ...]:
    """Everything that a question to the engine can raise, for an ``except``.

    ``EvaluationError`` is what the way over ssh raises, urllib3's errors are those of an answer that breaks off.
    """
    import docker.errors
    import requests
    import urllib3.exceptions

    sdks = (docker.errors.DockerException, requests.RequestException, urllib3.exceptions.HTTPError)
    return (*sdks, OSError, EvaluationError)


def one_line(text: str) -> str:
    """The text in one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 2] + " …"


def is_gone(error: BaseException) -> bool:
    """True when the engine itself could not be asked, as opposed to an answer that refuses."""
    return getattr(error, "response", None) is None and getattr(error, "explanation", None) is None


def _is_silence(error: BaseException) -> bool:
    import requests

    return isinstance(error, requests.RequestException)


def _os_error(error: BaseException) -> OSError | None:
    """The system's own error that others are wrapped around; requests' errors are OSErrors too, without a number."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, OSError) and isinstance(each.errno, int):
            return each
        waiting += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
    return None


def _no_tls(error: ssl.SSLError, what: str) -> EvaluationError:
    """Its numbers are OpenSSL's own: the commonest is that of EPERM."""
    why = getattr(error, "verify_message", "") or (error.reason or str(error)).lower().replace("_", " ")
    return EvaluationError(
        f"{what}: no TLS connection: {why}", help="see to the certificates in the folder that DOCKER_CERT_PATH names"
    )


def _unreachable(error: OSError, what: str) -> EvaluationError:
    why = (error.strerror or str(error)).lower()
    if error.errno in {errno.EACCES, errno.EPERM}:
        return EvaluationError(
            f"{what}: permission denied on its socket",
            help="let your user use Docker (`sudo usermod -aG docker $USER`, then log in again)",
        )
    if error.errno == errno.ENOENT:
        return EvaluationError(f"{what}: its socket does not exist", help="start Docker, or correct DOCKER_HOST")
    if error.errno == errno.ENOSPC:
        return EvaluationError(f"{what}: no space left on this machine's disk", help="make room on it")
    if error.errno == errno.ECONNREFUSED:
        return EvaluationError(f"{what}: nothing listens there", help="start Docker, or correct DOCKER_HOST")
    if error.errno in {errno.ECONNRESET, errno.EPIPE}:
        return EvaluationError(f"{what}: the engine closed the connection", help=_RUNS)
    return EvaluationError(f"{what}: the engine cannot be reached: {why}", help="see to the network and DOCKER_HOST")
