"""Images: taken as they lie there, pulled with a few lines, held to their digest; every fault in one line."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from threading import Event

import pytest

from gaterunner.containers import images
from gaterunner.containers.engine import Engine
from gaterunner.containers.images import Image, ensure_image, local_digest
from gaterunner.errors import EvaluationError
from tests.containers.fake_engine import Answer, FakeEngine
from tests.executors.containers import IMAGE

ID, DIGEST, OTHER = ("sha256:" + letter * 64 for letter in "abc")
MISSING = Answer(404, {"message": "No such image: app:1"})


def there(*digests: str) -> Answer:
    return Answer(200, {"Id": ID, "RepoDigests": list(digests)})


def downloading(layer: str, current: int, total: int) -> dict[str, object]:
    return {"status": "Downloading", "id": layer, "progressDetail": {"current": current, "total": total}}


class Pulled:
    """One request for an image at a fake engine: what came of it, and what was told and asked."""

    def __init__(self, folder: Path, reference: str, answers: dict[str, Answer | list[Answer]]) -> None:
        self.lines: list[str] = []
        self.image: Image | None = None
        self.error: EvaluationError | None = None
        with FakeEngine(folder, answers) as fake:
            engine = Engine.connect({"DOCKER_HOST": fake.address})
            try:
                self.image = ensure_image(engine, reference, on_line=self.lines.append, cancelled=Event())
            except EvaluationError as error:
                self.error = error
            finally:
                engine.close()
            self.fake = fake

    @property
    def message(self) -> str:
        assert self.error is not None
        assert "\n" not in self.error.message
        return self.error.message


def test_an_image_that_is_there_is_not_pulled(tmp_path: Path) -> None:
    pulled = Pulled(tmp_path, "app:1", {"GET /images/app:1/json": there(f"app@{DIGEST}")})
    assert pulled.image == Image(id=ID, digest=DIGEST)
    assert pulled.lines == []


def test_an_image_that_came_from_no_registry_is_told_by_its_id(tmp_path: Path) -> None:
    assert Pulled(tmp_path, "app:1", {"GET /images/app:1/json": there()}).image == Image(id=ID, digest=ID)


@pytest.mark.parametrize("name", ["app", "app:1", "library/app", "docker.io/library/app:1"])
def test_the_digest_is_the_one_of_the_name_that_was_asked_for(tmp_path: Path, name: str) -> None:
    answers = {f"GET /images/{name}/json": there(f"other/app@{OTHER}", f"app@{DIGEST}")}
    assert Pulled(tmp_path, name, dict(answers)).image == Image(id=ID, digest=DIGEST)


def test_a_registry_with_a_port_is_no_tag(tmp_path: Path) -> None:
    name = "registry.example:5000/app"
    answers = {f"GET /images/{name}/json": there(f"app@{OTHER}", f"{name}@{DIGEST}")}
    assert Pulled(tmp_path, name, dict(answers)).image == Image(id=ID, digest=DIGEST)


def test_a_pull_is_told_in_few_lines(tmp_path: Path) -> None:
    steps = [downloading(layer, part * 10_000, 1_000_000) for part in range(101) for layer in ("one", "two")]
    answers: dict[str, Answer | list[Answer]] = {
        "GET /images/app:1/json": [MISSING, MISSING, there(f"app@{DIGEST}")],
        "POST /images/create": Answer(200, [{"status": "Pulling from app", "id": "1"}, *steps, {"status": "Done"}]),
    }
    pulled = Pulled(tmp_path, "app:1", answers)
    assert pulled.image == Image(id=ID, digest=DIGEST)
    assert pulled.lines[0] == "pulling image app:1"
    assert pulled.lines[1].startswith("image app:1: ")
    assert pulled.lines[-1].startswith("pulled image app:1 in ")
    assert len(pulled.lines) <= 7


def test_an_image_by_digest_is_held_to_it(tmp_path: Path) -> None:
    name = f"app@{DIGEST}"
    answers: dict[str, Answer | list[Answer]] = {
        f"GET /images/{name}/json": [there(f"app@{OTHER}"), MISSING, there(f"app@{OTHER}")],
        "POST /images/create": Answer(200, [{"status": "Done"}]),
    }
    pulled = Pulled(tmp_path, name, answers)
    assert pulled.message == f"image {name}: the engine pulled it, but does not have it under this name"
    assert {"fromImage": ["app"], "tag": [DIGEST]} in pulled.fake.queries


def test_a_name_without_a_tag_pulls_one_image_and_not_all(tmp_path: Path) -> None:
    answers: dict[str, Answer | list[Answer]] = {
        "GET /images/app/json": [MISSING, MISSING, there()],
        "POST /images/create": Answer(200, [{"status": "Done"}]),
    }
    assert {"fromImage": ["app"], "tag": ["latest"]} in Pulled(tmp_path, "app", answers).fake.queries


def test_credentials_are_those_of_docker_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.mkdir()
    word = "composed" + "-word"
    auth = base64.b64encode(f"builder:{word}".encode()).decode()
    (config / "config.json").write_text(json.dumps({"auths": {"registry.example": {"auth": auth}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(config))
    answers: dict[str, Answer | list[Answer]] = {
        "GET /images/registry.example/app:1/json": [MISSING, MISSING, there()],
        "POST /images/create": Answer(200, [{"status": "Done"}]),
    }
    headers = Pulled(tmp_path, "registry.example/app:1", answers).fake.headers
    sent = [
        json.loads(base64.urlsafe_b64decode(each["X-Registry-Auth"])) for each in headers if "X-Registry-Auth" in each
    ]
    assert [(each["username"], each["password"]) for each in sent] == [("builder", word)]


FAULTS = {
    "write /var/lib/docker/tmp/GetImageBlob1: no space left on device": "no space left on the engine's disk",
    "manifest for app:1 not found: manifest unknown: manifest unknown": "there is no such image",
    "pull access denied for app, repository does not exist or may require 'docker login'": (
        "there is no such image, or it may not be pulled without logging in"
    ),
    "Head https://registry.example/v2/app/manifests/1: unauthorized: authentication required": (
        "the registry refuses the credentials"
    ),
    "toomanyrequests: You have reached your pull rate limit.": "the registry's rate limit is reached",
    "Get https://registry-1.docker.io/v2/: dial tcp: lookup registry-1.docker.io: no such host": (
        "the registry cannot be reached from the engine"
    ),
    "no matching manifest for linux/arm64/v8 in the manifest list entries": (
        "the image does not exist for this machine's processor"
    ),
    "Get https://registry.example/v2/: x509: certificate signed by unknown authority": (
        "the registry's certificate is not trusted by the engine"
    ),
}


@pytest.mark.parametrize(("told", "expected"), FAULTS.items())
def test_what_goes_wrong_in_a_pull_is_one_clear_line(tmp_path: Path, told: str, expected: str) -> None:
    answers: dict[str, Answer | list[Answer]] = {
        "GET /images/app:1/json": MISSING,
        "POST /images/create": Answer(200, [{"status": "Pulling"}, {"error": told, "errorDetail": {"message": told}}]),
    }
    pulled = Pulled(tmp_path, "app:1", answers)
    assert pulled.message == f"image app:1: {expected}"
    assert pulled.error is not None
    assert pulled.error.help


@pytest.mark.parametrize(("told", "expected"), FAULTS.items())
def test_the_same_when_the_pull_is_refused_at_once(tmp_path: Path, told: str, expected: str) -> None:
    answers: dict[str, Answer | list[Answer]] = {
        "GET /images/app:1/json": MISSING,
        "POST /images/create": Answer(500, {"message": told}),
    }
    assert Pulled(tmp_path, "app:1", answers).message == f"image app:1: {expected}"


def test_a_pull_that_stops_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "SILENCE_S", 0.3)
    released = Event()

    class Silent:
        api_version = (1, 41)

        def pull(self, *_: object, **__: object) -> list[dict[str, str]]:
            released.wait(20)
            return []

    engine = Engine(Silent(), address="unix:///x", api_version=(1, 41))  # type: ignore[arg-type] # all that is called
    with pytest.raises(EvaluationError, match=r"image app:1: the engine told of no progress for 0\.3 s"):
        images._pull(engine, "app:1", lambda _: None, Event())
    released.set()


def test_a_cancelled_pull_ends_at_once(tmp_path: Path) -> None:
    cancelled = Event()
    cancelled.set()
    answers: dict[str, Answer | list[Answer]] = {
        "GET /images/app:1/json": MISSING,
        "POST /images/create": Answer(200, [{"status": "Pulling"}]),
    }
    with FakeEngine(tmp_path, answers) as fake:
        engine = Engine.connect({"DOCKER_HOST": fake.address})
        with pytest.raises(EvaluationError, match="interrupted while it was pulled"):
            ensure_image(engine, "app:1", on_line=lambda _: None, cancelled=cancelled)
        engine.close()


@pytest.mark.parametrize("name", ["UPPER:1", "app:", "a b", "-x", "app@sha256:short"])
def test_what_is_no_image_is_told(tmp_path: Path, name: str) -> None:
    error = Answer(400, {"message": f"invalid reference format: {name}"})
    with FakeEngine(tmp_path, {}) as fake:
        fake._answers |= {f"GET /images/{name}/json": [error]}
        engine = Engine.connect({"DOCKER_HOST": fake.address})
        with pytest.raises(EvaluationError) as caught:
            ensure_image(engine, name, on_line=lambda _: None, cancelled=Event())
        engine.close()
    assert caught.value.message == f"image {name}: that is not an image's name"


@pytest.mark.docker
def test_the_engines_own_images_have_a_digest(engine: Engine) -> None:
    digest = local_digest(engine, IMAGE)
    assert digest is not None
    assert digest.startswith("sha256:")
    assert local_digest(engine, "gaterunner.invalid/none:1") is None


@pytest.mark.docker
@pytest.mark.parametrize("name", ["gaterunner.invalid/none:1", "UPPER/case:1", "gaterunner.invalid/none@sha256:12"])
def test_an_image_that_cannot_be_had_is_one_line_of_the_real_engine_too(engine: Engine, name: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        ensure_image(engine, name, on_line=lambda _: None, cancelled=Event())
    assert caught.value.message.startswith(f"image {name}: ")
    assert caught.value.message.partition(": ")[2] in {
        "the registry cannot be reached from the engine",
        "that is not an image's name",
    }
