"""The pictures of the documentation: screenshots of real reports. ``python -m tests.pictures`` writes them anew.

The example repository is examples/web-service. Two pull requests of it, an honest one and one that takes short cuts,
are judged by the action on a real engine and a real PostgreSQL, as in a job on GitHub, with a GitHub of this machine.

Needs Chromium, a Docker engine (see ``docker_engine``) and, to look as the pictures do, the fonts Inter and JetBrains
Mono (Debian: chromium, chromium-driver, fonts-inter, fonts-jetbrains-mono).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from msgspec import Struct
from selenium.webdriver.support.wait import WebDriverWait

from gaterunner.model import Report, Verdict
from gaterunner.reporters.html import render_html
from gaterunner.reporters.json import decode_report
from tests.browser import Browser, Screen, browser, why_no_browser
from tests.docker_engine import POSTGRES_IMAGE, build_image, why_no_engine
from tests.fake_github.server import FakeGitHub
from tests.gitrepo import Files, Repository
from tests.runner_step import PULL, REPOSITORY, PullRequest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "web-service"
PICTURES = ROOT / "docs" / "pictures"
LARGEST = 300_000
"""Bytes of a picture; they are part of every clone."""

_TIMEOUT_S = 600
_HONEST: Files = {
    "guestbook/greeting.py": '''"""What a visitor is greeted with."""

from __future__ import annotations


def greeting(visits: int) -> str:
    """Words for somebody who was here before, or was not."""
    return "Welcome" if visits < 2 else "Welcome back"
''',
    "tests/unit/test_greeting.py": """import pytest

from guestbook.greeting import greeting


@pytest.mark.parametrize(("visits", "words"), [(1, "Welcome"), (2, "Welcome back")])
def test_who_was_here_before_is_welcome_back(visits: int, words: str) -> None:
    assert greeting(visits) == words
""",
    "migrations/0002_visits.sql": "ALTER TABLE entries ADD COLUMN visits bigint;\n",
}


class Picture(Struct, frozen=True, kw_only=True):
    """One picture: of the report with this verdict, from which place of the page (a selector), on what screen.

    ``search`` is what was typed into the search.
    """

    name: str
    of: Verdict
    screen: Screen
    at: str | None = None
    search: str | None = None


class Work(Struct, frozen=True, kw_only=True):
    """What one pull request is made of."""

    branch: str
    subject: str
    files: Files


ALL = (
    Picture(name="report-fail.png", of=Verdict.FAIL, screen=Screen(width=1180, height=1010, scale=1.5)),
    Picture(name="report-pass.png", of=Verdict.PASS, screen=Screen(width=1180, height=1110, scale=1.5)),
    Picture(
        name="report-findings-dark.png",
        of=Verdict.FAIL,
        screen=Screen(width=1180, height=700, scale=1.5, dark=True),
        at="#findings",
        search="entries",
    ),
    Picture(name="report-phone.png", of=Verdict.FAIL, screen=Screen(width=390, height=844, scale=2.0)),
)


def main() -> int:
    """Writes the pictures, and says how large each is."""
    missing = why_no_browser() or why_no_engine()
    if missing:
        sys.stderr.write(f"no pictures without a browser and a Docker engine: {missing}\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="gaterunner-pictures-") as name:
        folder = Path(name)
        pages = {
            verdict: render_html(judge(folder / verdict, work, verdict)) for verdict, work in pull_requests().items()
        }
        (folder / "browser").mkdir()
        with browser(folder / "browser") as window:
            sizes = {picture.name: take(window, picture, pages[picture.of]) for picture in ALL}
    for name, size in sizes.items():
        sys.stdout.write(f"docs/pictures/{name}: {size:,} bytes\n")
    return int(max(sizes.values()) > LARGEST)


def pull_requests() -> dict[Verdict, Work]:
    """The two by the verdict that each has to get."""
    return {
        Verdict.PASS: Work(branch="feat/greeting", subject="Greet who was here before", files=_HONEST),
        Verdict.FAIL: Work(branch="feat/short-notes", subject="Keep notes short", files=short_cuts()),
    }


def short_cuts() -> Files:
    """What the other pull request holds: a limit that a test knows otherwise, a key, one column and one gate less."""
    entries = (EXAMPLE / "guestbook" / "entries.py").read_text("utf-8")
    law = law_text()
    smoke = law[law.index("    - smoke:") : law.index("  policies:")]
    # Put together here, so that no file of ours holds anything that looks like a credential.
    key_id, key = "AKIA" + "Q7ZN5MW2X4RTLD3E", "wJ9r/" + "Tq2LkX7uVbN4eHs8yCzPd6Gm1Rf3AoKiU5t"
    return {
        "guestbook/entries.py": entries.replace("LONGEST = 200", "LONGEST = 140"),
        "guestbook/backup.py": f'AWS_ACCESS_KEY_ID = "{key_id}"\nAWS_SECRET_ACCESS_KEY = "{key}"\n',
        "migrations/0002_short_notes.sql": "ALTER TABLE entries DROP COLUMN author;\n",
        ".gaterunner.yml": law.replace(smoke, ""),
    }


def law_text() -> str:
    """The example's workflow file, with the PostgreSQL that this machine has."""
    return (EXAMPLE / ".gaterunner.yml").read_text("utf-8").replace("postgres:16", POSTGRES_IMAGE)


def judge(place: Path, work: Work, verdict: Verdict) -> Report:
    """The report of a pull request of the example, judged as in a job on GitHub; it has to come to ``verdict``."""
    place.mkdir()
    build_image(place, folder=EXAMPLE, tag="guestbook-tools:1")
    pull = open_pull(place, work)
    with FakeGitHub.running() as fake:
        step = pull.step(fake)
        github = fake.repository(REPOSITORY)
        github.push(pull.base)
        github.report(pull.base, "gates", "success")  # clean-main asks whether the target is green
        step.inputs["report"] = "gate-report.json"
        ran = step.finish(step.start(), timeout_s=_TIMEOUT_S)
    assert ran.outputs.get("verdict") == verdict, ran.out + ran.err
    return decode_report((step.checkout.root / "gate-report.json").read_bytes())


def open_pull(place: Path, work: Work) -> PullRequest:
    """A pull request of one commit into the example's main."""
    shutil.copytree(EXAMPLE, place / "remote")
    remote = Repository.create(place / "remote")
    (remote.root / "gitignore").rename(remote.root / ".gitignore")
    remote.git("config", "uploadpack.allowAnySHA1InWant", "true")
    base = remote.commit("Start the guest book", {".gaterunner.yml": law_text()})
    remote.switch(work.branch, create=True)
    head = remote.commit(work.subject, work.files)
    remote.switch("main")
    remote.git("checkout", "-q", "--detach")
    merge = remote.merge(work.branch, f"Merge {work.branch} into main")
    remote.git("update-ref", f"refs/pull/{PULL}/merge", merge)
    remote.switch("main")
    return PullRequest(remote, base, head, merge, place, work.branch)


def take(window: Browser, picture: Picture, page: bytes) -> int:
    """Writes one picture, and returns its size in bytes."""
    window.look(picture.screen)
    window.open(page)
    if picture.search is not None:
        window.press("/", *picture.search)
        window.run("document.activeElement.blur()")
        WebDriverWait(window.driver, 10).until(lambda _: " of " in window.text(".shown"))
    if picture.at is not None:
        window.run("document.querySelector(arguments[0]).scrollIntoView()", picture.at)
    shot = window.picture()
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / picture.name).write_bytes(shot)
    return len(shot)


if __name__ == "__main__":
    sys.exit(main())
