"""The dashboard as a WSGI application that tells Sentry of every request."""

import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import sentry_sdk
from sentry_sdk import logger

from dashboard.totals import total

Start = Callable[[str, list[tuple[str, str]]], object]


def start_telemetry() -> None:
    """The release is the commit that was deployed; without SENTRY_DSN nothing is sent."""
    sentry_sdk.init(
        release=os.environ.get("RELEASE"),
        environment=os.environ.get("ENVIRONMENT", "develop"),
        traces_sample_rate=1.0,
        enable_logs=True,
    )


def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """``/?cents=1200&cents=5`` answers ``12.05``."""
    with sentry_sdk.start_transaction(op="http.server", name="GET /"):
        given = parse_qs(environ.get("QUERY_STRING", "")).get("cents", [])
        shown = total(int(each) for each in given)
        logger.info("total shown", attributes={"rows": len(given)})
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [shown.encode()]
