"""What a commit's message says of where it came from: a merged branch, the phase it names, what it takes back. Pure.

The forms are those that git and the forges write by default; a team that rewrites them uses the trailer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from gaterunner.policies.context import Message

TRAILER = "Gaterunner-Phase"

# Names of branches hold no blanks and no colons (git check-ref-format); one with an apostrophe needs the trailer.
_BRANCH = r"(?P<branch>[^\s':]+)"
_NUMBER = r"[#!](?P<number>[0-9]{1,12})"
_SUBJECTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    # A login holds no slash, so what follows the first one is the branch.
    ("GitHub", re.compile(rf"Merge pull request {_NUMBER} from [^\s/]+/{_BRANCH}$")),
    # GitLab quotes the target as well, git only the branch.
    ("GitLab", re.compile(rf"Merge branch '{_BRANCH}' into '[^\s']+'$")),
    ("git", re.compile(rf"Merge branch '{_BRANCH}'(?: of \S+)?(?: into \S+)?$")),
    ("git", re.compile(rf"Merge remote-tracking branch '[^\s/']+/{_BRANCH}'(?: into \S+)?$")),
    ("Bitbucket", re.compile(rf"Merged in {_BRANCH} \(pull request {_NUMBER}\)$")),
    ("Bitbucket", re.compile(rf"Merge pull request {_NUMBER} in \S+ from (?:[^\s:]+:)?{_BRANCH} to \S+$")),
    ("Gitea", re.compile(rf"Merge pull request '.*' \({_NUMBER}\) from (?:[^\s:]+:)?{_BRANCH} into \S+$")),
    ("Azure DevOps", re.compile(rf"Merge pull request (?P<number>[0-9]{{1,12}}) from {_BRANCH} into \S+$")),
)
_OCTOPUS = re.compile(r"Merge (?P<remote>remote-tracking )?branches (?P<branches>'.+')(?: into \S+)?$")
# Bitbucket Data Center since 7: the title is the subject, and the branch stands below it.
_DATA_CENTER = re.compile(
    rf"Pull request {_NUMBER}: .*\n\nMerge in \S+ from (?:[^\s:]+:)?{_BRANCH} to \S+$", re.MULTILINE
)

_SQUASHED = re.compile(r"\([#!]([0-9]{1,12})\)$")
_GITLAB_NUMBER = re.compile(r"^See merge request \S*!([0-9]{1,12})$", re.MULTILINE)

_REVERTED_COMMIT = re.compile(r"^This reverts commit ([0-9a-f]{7,64})\b", re.MULTILINE)
_REVERTED_NUMBER = re.compile(r"^(?:This reverts merge request \S*!|Reverts \S*[#!])([0-9]{1,12})\b", re.MULTILINE)
# The branches that the revert buttons of GitHub and GitLab make.
_REVERTING_NUMBER = re.compile(r"revert-([0-9]{1,12})-.")
_REVERTING_COMMIT = re.compile(r"revert-([0-9a-f]{8,64})$")

# What a squash may put in front of a line, or take away there: list signs, quotation marks, blanks.
_IN_FRONT = re.compile(r"[\W_]*")
_TRAILER_LINE = re.compile(r"[A-Za-z0-9-]+[ \t]*:|[ \t]+\S|\(cherry picked from commit ")
_PHASE = re.compile(rf"{TRAILER}[ \t]*:[ \t]*(\S+)[ \t]*$", re.IGNORECASE)


class Claims(Struct, frozen=True, kw_only=True):
    """What one message says. ``branches`` are those that a merge names, in the form of ``forge``.

    ``phases`` are those of its trailers. ``numbers`` are those of its pull request; ``reverted_commits`` (ids, also
    abbreviated) and ``reverted_numbers`` are what it takes back.
    """

    forge: str = ""
    branches: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()
    reverted_commits: frozenset[str] = frozenset()
    reverted_numbers: frozenset[str] = frozenset()

    @property
    def takes_back(self) -> bool:
        """Whether it says that it reverts anything."""
        return bool(self.reverted_commits or self.reverted_numbers)


def claims_of(message: Message) -> Claims:
    """What the message of one commit says.

    A commit with one parent is no merge, whatever it says, but for Bitbucket's squashed ones, which say the same.
    """
    text = message.text.replace("\r\n", "\n")
    forge, branches, number = _merged(text)
    if len(message.parents) < 2 and forge != "Bitbucket":  # noqa: PLR2004  a merge has two parents or more
        forge, branches = "", ()
    subject = text.partition("\n")[0].rstrip()
    commits = [*_REVERTED_COMMIT.findall(text), *_in_names(_REVERTING_COMMIT, branches)]
    numbers = [*_REVERTED_NUMBER.findall(text), *_in_names(_REVERTING_NUMBER, branches)]
    return Claims(
        forge=forge,
        branches=branches,
        phases=tuple(dict.fromkeys(_phases(text))),
        numbers=frozenset([*number, *_SQUASHED.findall(subject), *_GITLAB_NUMBER.findall(text)]),
        reverted_commits=frozenset(commits),
        reverted_numbers=frozenset(numbers),
    )


def phases_in_any_line(text: str) -> Iterator[str]:
    """Those of every line that would be a trailer if it stood in a paragraph of trailers.

    Whoever squashes takes messages apart and joins them anew: GitHub takes the first line for the title and the rest
    for a paragraph of its own, so that what is no trailer on the branch becomes one where it lands.
    """
    for line in text.splitlines():
        if found := _PHASE.match(_IN_FRONT.sub("", line, count=1)):
            yield found[1]


def _merged(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The forge whose form it is, the branches it names, and the number of the pull request where it has one."""
    subject = text.partition("\n")[0].rstrip()
    if octopus := _OCTOPUS.match(subject):
        names = re.findall(r"'([^\s']+)'", octopus["branches"])
        return "git", tuple(name.partition("/")[2] if octopus["remote"] else name for name in names), ()
    if titled := _DATA_CENTER.match(text):
        return "Bitbucket", (titled["branch"],), (titled["number"],)
    for forge, pattern in _SUBJECTS:
        if found := pattern.match(subject):
            number = found.groupdict().get("number")
            return forge, (found["branch"],), (number,) if number else ()
    return "", (), ()


def _in_names(pattern: re.Pattern[str], branches: tuple[str, ...]) -> Iterator[str]:
    for branch in branches:
        if found := pattern.match(branch):
            yield found[1]


def _phases(text: str) -> Iterator[str]:
    """Those of every paragraph that consists of trailers: whoever squashes puts several messages into one."""
    for paragraph in re.split(r"\n[ \t]*\n", text)[1:]:
        lines = paragraph.strip("\n").split("\n")
        if all(_TRAILER_LINE.match(line) for line in lines):
            yield from (found[1] for line in lines if (found := _PHASE.match(line)))
