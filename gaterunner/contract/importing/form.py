"""How a spec is written down: values that YAML reads as nothing else, and YAML alone where specs are kept so. Pure."""

from __future__ import annotations

import json

from gaterunner.config.scalars import Reading, reading


def as_name(name: str) -> str:
    """A name as a YAML value: `null`, `1e5` and `on` need quotes to be one, and so does what ends in a colon."""
    return name if reading(name) is Reading.TEXT and ":" not in name else as_text(name)


def as_text(text: str) -> str:
    """Text of one line as a YAML string that says nothing but itself."""
    return json.dumps(text, ensure_ascii=False)


def as_yaml(spec: str) -> str:
    """A spec in Markdown as YAML alone: what stands between its first two lines ``---``, the prose as a comment."""
    front, _, prose = spec.removeprefix("---\n").partition("\n---\n")
    return f"{front}\n" + "".join(f"# {line}\n" for line in prose.splitlines() if line.strip())
