"""What a rule, a policy or a gate kind is for: the pages in ``rules/``, one per rule, and the table of policies.

A page begins with the rule's name as its heading and one sentence on what it points at, and then has the headings of
``SECTIONS``. A rule without a page of its own (``secret/aws-access-key``) is explained by its family's (``secret``).
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from gaterunner.errors import UsageError

RULES = Path(__file__).with_name("rules")
KINDS = "kinds"
SECTIONS = ("Why", "Example that fails", "How to fix it", "How to waive it")


class Page(Struct, frozen=True):
    """One page: the rule's (or gate kind's) name, its first sentence, and all of it as Markdown."""

    name: str
    sentence: str
    text: str


def explain(name: str) -> str:
    """The explanation of a rule, policy or gate kind, as Markdown.

    Raises ``UsageError`` for what is none of them, with the nearest names.
    """
    from gaterunner.config.policy_list import canonical_name

    policy = canonical_name(name)
    if policy is not None:
        return _policy(policy)
    page = find_page(name)
    if page is not None:
        return page.text
    raise _unknown(name)


def overview() -> str:
    """Every policy with its rules, then the rules of gates and the gate kinds, a line each."""
    from gaterunner.policies import POLICIES

    left = {page.name: page for page in rule_pages()}
    lines = []
    for name, kind in POLICIES.items():
        lines += [f"{name}: {kind.summary}"]
        for page in _pages_of(name):
            left.pop(page.name, None)
            lines.append(f"  {page.name}: {page.sentence}")
    lines += ["", "rules of gates and waivers"]
    lines += [f"  {page.name}: {page.sentence}" for page in left.values()]
    lines += ["", "gate kinds"]
    lines += [f"  {page.name}: {page.sentence}" for page in kind_pages()]
    return "\n".join([*lines, ""])


def find_page(name: str) -> Page | None:
    """The page of a rule, of its family, or of a gate kind; None when there is none."""
    pages = {page.name: page for page in (*rule_pages(), *kind_pages())}
    return pages.get(name) or pages.get(name.partition("/")[0])


def rule_pages() -> tuple[Page, ...]:
    """All pages of rules, sorted by name."""
    files = (path for path in RULES.rglob("*.md") if path.parent.name != KINDS)
    return tuple(sorted((_read(path, RULES) for path in files), key=lambda page: page.name))


def kind_pages() -> tuple[Page, ...]:
    """The pages of the gate kinds, sorted by name."""
    return tuple(_read(path, RULES / KINDS) for path in sorted((RULES / KINDS).glob("*.md")))


def _read(path: Path, folder: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    paragraphs = text.split("\n\n")
    name = path.relative_to(folder).with_suffix("").as_posix()
    return Page(name, " ".join(paragraphs[1].split()) if len(paragraphs) > 1 else "", text)


def _pages_of(policy: str) -> tuple[Page, ...]:
    from gaterunner.policies import POLICIES

    prefixes = POLICIES[policy].rules
    return tuple(page for page in rule_pages() if page.name.startswith(prefixes)) if prefixes else ()


def _policy(name: str) -> str:
    from gaterunner.policies import POLICIES

    kind = POLICIES[name]
    when = {
        "before": "It is evaluated before the gates, which do not start unless it holds.",
        "beside": "It is evaluated while the gates run, over the change alone.",
        "after": "It is evaluated after the gates, over what they showed.",
    }[kind.stage]
    lines = [f"# {name}", "", kind.summary, "", when + (" It need not be declared." if kind.always else "")]
    options = kind.options.__struct_encode_fields__
    lines += ["", f"Options: {', '.join(f'`{option}`' for option in options)}." if options else "It has no options."]
    pages = _pages_of(name)
    if pages:
        lines += ["", "## Rules", "", *(f"- `{page.name}`: {page.sentence}" for page in pages)]
    lines += ["", f"Everything about it is in docs/policies/{name}.md.", ""]
    return "\n".join(lines)


def _unknown(name: str) -> UsageError:
    from gaterunner.config.nearest import nearest
    from gaterunner.policies import POLICIES

    known = [*POLICIES, *(page.name for page in (*rule_pages(), *kind_pages()))]
    near = nearest(name, known)
    return UsageError(
        f"{name} is no rule, policy or gate kind" + (f"; did you mean {near}?" if near else ""),
        help="gaterunner explain, without a name, lists all of them",
    )
