"""Images: taken as they lie in the engine, pulled where they do not, and told by their digest."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from threading import Event
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gaterunner.containers.faults import faults, one_line, told
from gaterunner.errors import EvaluationError

if TYPE_CHECKING:
    from gaterunner.containers.engine import Engine

_POLL_S = 0.2
SILENCE_S = 600.0
"""How long a pull may go on without a word before it counts as stopped; unpacking a large layer is silent for long."""
_MEGABYTE = 1_000_000
_STEPS = 5  # lines of progress at most, between the first and the last


class Image(Struct, frozen=True, kw_only=True):
    """An image that the engine has. ``digest`` is the registry's where one is known, else ``id``; both sha256:…

    ``volumes`` are the folders that every container of it gets an empty volume at.
    """

    id: str
    digest: str
    volumes: tuple[str, ...] = ()


def ensure_image(engine: Engine, reference: str, *, on_line: Callable[[str], None], cancelled: Event) -> Image:
    """The image of this name; it is pulled when the engine does not have it, and told with at most seven lines.

    A name with a digest is held to it. Registries are logged into with what ``docker login`` has kept for our user.
    Raises ``EvaluationError`` when it cannot be had, and when ``cancelled`` is set meanwhile.
    """
    found = _local(engine, reference)
    if found is not None:
        return found
    with engine.lock(f"image {reference}"):
        found = _local(engine, reference)  # another gate may have pulled it meanwhile
        if found is not None:
            return found
        started = time.monotonic()
        on_line(f"pulling image {reference}")
        _pull(engine, reference, on_line, cancelled)
        found = _local(engine, reference)
        if found is None:
            raise EvaluationError(
                f"image {reference}: the engine pulled it, but does not have it under this name",
                help="name the image by its tag or by the digest of its repository",
            )
        on_line(f"pulled image {reference} in {time.monotonic() - started:.0f} s ({found.digest})")
        return found


def local_digest(engine: Engine, reference: str) -> str | None:
    """The digest of an image that the engine has; None when it would have to be pulled. Raises ``EvaluationError``."""
    found = _local(engine, reference)
    return None if found is None else found.digest


def _local(engine: Engine, reference: str) -> Image | None:
    import docker.errors

    api: Any = engine.api  # whose types leave this method out
    with faults(f"image {reference}"):
        try:
            told = api.inspect_image(reference)
        except docker.errors.NotFound:
            return None
    digests = tuple(str(each) for each in told.get("RepoDigests") or ())
    wanted = reference.partition("@")[2]
    if wanted and wanted not in {each.partition("@")[2] for each in digests}:
        return None
    return Image(
        id=str(told["Id"]),
        digest=wanted or _digest(reference, digests) or str(told["Id"]),
        volumes=tuple((told.get("Config") or {}).get("Volumes") or ()),
    )


def _digest(reference: str, digests: tuple[str, ...]) -> str:
    """The digest under the name that was asked for; an image can have come from several repositories."""
    name = _repository(reference)
    ours = [each for each in digests if _repository(each) == name]
    return (ours or digests or ("",))[0].partition("@")[2]


def _repository(reference: str) -> str:
    """The name without tag and digest, and without what Docker's own registry lets one leave out."""
    name = reference.partition("@")[0]
    head, _, tag = name.rpartition(":")
    name = head if head and "/" not in tag else name
    return name.removeprefix("docker.io/").removeprefix("library/")


# --- pulling ---------------------------------------------------------------------------------------------------------


def _pull(engine: Engine, reference: str, on_line: Callable[[str], None], cancelled: Event) -> None:
    what = f"image {reference}"
    progress = _Progress(reference, on_line)
    for event in _events(engine, reference, cancelled):
        if isinstance(event, BaseException):
            raise told(event, what) from event
        if event.get("error"):
            raise told(RuntimeError(_message(event)), what)
        progress.see(event)


def _message(event: dict[str, Any]) -> str:
    detail = event.get("errorDetail") or {}
    return one_line(str(detail.get("message") or event["error"]))


def _events(engine: Engine, reference: str, cancelled: Event) -> Iterator[dict[str, Any] | BaseException]:
    """What the engine tells while it pulls. It may be silent for long, so another thread listens."""
    from docker.utils import parse_repository_tag

    told: queue.Queue[dict[str, Any] | BaseException | None] = queue.Queue(maxsize=1000)

    def listen() -> None:
        try:
            name, tag = parse_repository_tag(reference)
            for event in engine.api.pull(name, tag=tag, stream=True, decode=True):
                told.put(event)
            told.put(None)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the thread that waits tells it
            told.put(error)

    # A daemon: the SDK gives no way to end a pull, but the engine ends it when we are gone.
    threading.Thread(target=listen, name=f"pull {reference}", daemon=True).start()
    heard = time.monotonic()
    while True:
        if cancelled.is_set():
            raise EvaluationError(f"image {reference}: interrupted while it was pulled")
        try:
            event = told.get(timeout=_POLL_S)
        except queue.Empty:
            if time.monotonic() - heard > SILENCE_S:
                raise EvaluationError(
                    f"image {reference}: the engine told of no progress for {SILENCE_S:g} s",
                    help="pull it by hand (`docker pull`) to see what it waits for",
                ) from None
            continue
        if event is None:
            return
        heard = time.monotonic()
        yield event


class _Progress:
    """Sums the layers of a pull up to a few lines."""

    def __init__(self, reference: str, on_line: Callable[[str], None]) -> None:
        self._reference = reference
        self._on_line = on_line
        self._layers: dict[str, tuple[int, int]] = {}
        self._step = 0

    def see(self, event: dict[str, Any]) -> None:
        detail = event.get("progressDetail") or {}
        if event.get("status") != "Downloading" or not detail.get("total"):
            return
        self._layers[str(event.get("id"))] = (int(detail.get("current") or 0), int(detail["total"]))
        have, total = (sum(column) for column in zip(*self._layers.values(), strict=True))
        step = have * (_STEPS + 1) // max(total, 1)
        if self._step < step <= _STEPS:
            self._step = step
            self._on_line(f"image {self._reference}: {have / _MEGABYTE:.0f} of {total / _MEGABYTE:.0f} MB")
