"""Writes a release's action.yml: the image by digest instead of the Dockerfile, and the digest for the report.

release_action.py ACTION_YML IMAGE DIGEST
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_IMAGE_LINE = re.compile(r"^( *)(?:# .*\n *)?image: Dockerfile$", re.MULTILINE)


def released(text: str, image: str, digest: str) -> str:
    """The release's action.yml; raises ``ValueError`` when the text has no such line or the digest is none."""
    if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise ValueError(f"not a digest: {digest!r}")
    found = _IMAGE_LINE.search(text)
    if found is None:
        raise ValueError("action.yml has no line 'image: Dockerfile'")
    indent = found.group(1)
    lines = f"{indent}image: docker://{image}@{digest}\n{indent}env:\n{indent}  GATERUNNER_IMAGE_DIGEST: {digest}"
    return text[: found.start()] + lines + text[found.end() :]


def main() -> None:
    """Rewrites the file in place."""
    path, image, digest = sys.argv[1:]
    file = Path(path)
    file.write_text(released(file.read_text("utf-8"), image, digest), "utf-8")


if __name__ == "__main__":
    main()
