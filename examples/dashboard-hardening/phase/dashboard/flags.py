"""Feature flags. What they are when nobody says otherwise stands in flags.json."""

import json
import os
from pathlib import Path

MANIFEST = Path(__file__).resolve().parents[1] / "flags.json"


def is_on(name: str) -> bool:
    """Whether a flag is on: by the environment (``DASHBOARD_WINDOWS`` for ``dashboard-windows``), or by default."""
    given = os.environ.get(name.upper().replace("-", "_"))
    if given is not None:
        return given == "true"
    return json.loads(MANIFEST.read_text("utf-8"))["flags"][name]["defaultValue"] is True
