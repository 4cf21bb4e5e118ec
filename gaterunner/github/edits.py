"""Which approving reviews nobody else has edited. Only GitHub's GraphQL API tells it.

Whoever may write to a repository may edit the text of others' reviews there, the branch's author included.
"""

from __future__ import annotations

from msgspec import Struct

from gaterunner.github.api import MOST_PAGES, RepositoryApi
from gaterunner.github.errors import GitHubError
from gaterunner.github.reviewing import Account, login_of
from gaterunner.github.transport import GRAPHQL, Call

QUERY = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviews(first: 100, after: $after, states: [APPROVED]) {
        pageInfo { hasNextPage endCursor }
        nodes { url author { login } userContentEdits(first: 100) { totalCount nodes { editor { login } } } }
      }
    }
  }
}
"""


class _Edit(Struct, frozen=True):
    editor: Account | None = None


class _Edits(Struct, frozen=True, rename="camel"):
    total_count: int
    nodes: list[_Edit] = []


class _Review(Struct, frozen=True, rename="camel"):
    url: str
    author: Account | None = None
    user_content_edits: _Edits | None = None


class _PageInfo(Struct, frozen=True, rename="camel"):
    has_next_page: bool
    end_cursor: str | None = None


class _Reviews(Struct, frozen=True, rename="camel"):
    page_info: _PageInfo
    nodes: list[_Review]


class _PullRequest(Struct, frozen=True):
    reviews: _Reviews


class _Repository(Struct, frozen=True, rename="camel"):
    pull_request: _PullRequest | None = None


class _Data(Struct, frozen=True):
    repository: _Repository | None = None


class _Error(Struct, frozen=True):
    message: str = ""


class _Answer(Struct, frozen=True):
    data: _Data | None = None
    errors: list[_Error] = []


def read_unedited_reviews(api: RepositoryApi, number: int) -> frozenset[str]:
    """The addresses of approving reviews that nobody but their author has edited."""
    owner, _, name = api.root.removeprefix("/repos/").partition("/")
    deadline = api.deadline()
    unedited: set[str] = set()
    after = None
    for _ in range(MOST_PAGES):
        variables = {"owner": owner, "name": name, "number": number, "after": after}
        call = Call(method="POST", path=GRAPHQL, body={"query": QUERY, "variables": variables})
        reviews = _reviews(api.transport.send(call, _Answer, deadline=deadline), number)
        unedited |= {review.url for review in reviews.nodes if _is_all_theirs(review)}
        if not reviews.page_info.has_next_page:
            return frozenset(unedited)
        after = reviews.page_info.end_cursor
    raise GitHubError(f"pull request #{number} has more approving reviews than are looked at")


def _reviews(answer: _Answer, number: int) -> _Reviews:
    if answer.errors:
        raise GitHubError(f"GitHub does not tell who edited reviews of #{number}: {answer.errors[0].message[:300]}")
    repository = answer.data.repository if answer.data is not None else None
    if repository is None or repository.pull_request is None:
        raise GitHubError(f"GitHub does not tell who edited reviews of #{number}")
    return repository.pull_request.reviews


def _is_all_theirs(review: _Review) -> bool:
    edits, author = review.user_content_edits, login_of(review.author)
    if edits is None or author is None:
        # Without any edit the list is there, and empty.
        return False
    return len(edits.nodes) == edits.total_count and all(login_of(edit.editor) == author for edit in edits.nodes)
