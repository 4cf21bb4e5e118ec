"""The page docs/rules.md, made from the pages of all rules. ``python -m tests.rules_index`` writes it."""

from __future__ import annotations

from pathlib import Path

from gaterunner.explaining import Page, kind_pages, rule_pages
from gaterunner.policies import POLICIES

INDEX = Path(__file__).resolve().parents[1] / "docs" / "rules.md"


def index_text() -> str:
    """The page docs/rules.md, made from all pages."""
    lines = [
        "# Rules",
        "",
        "Every finding names its rule. `gaterunner explain RULE` prints its page: why, an example that fails, how to",
        "fix it and how to waive it.",
        "",
    ]
    rest = {page.name: page for page in rule_pages()}
    for name, kind in POLICIES.items():
        pages = [page for page in rule_pages() if kind.rules and page.name.startswith(kind.rules)]
        lines += [f"## [{name}](policies/{name}.md)", "", *map(_row, pages), ""]
        for page in pages:
            rest.pop(page.name, None)
    lines += ["## Gates and waivers", "", *map(_row, rest.values()), ""]
    lines += ["## Gate kinds", "", *(_row(page, "kinds/") for page in kind_pages()), ""]
    return "\n".join(lines)


def _row(page: Page, folder: str = "") -> str:
    return f"- [`{page.name}`](../gaterunner/rules/{folder}{page.name}.md): {page.sentence}"


if __name__ == "__main__":
    INDEX.write_text(index_text(), encoding="utf-8")
