"""Starts the real server, asks it once, and lets it send what it has to tell."""

from threading import Thread
from urllib.request import urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server

import sentry_sdk

from dashboard.app import application, start_telemetry


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """The server's own lines are no part of the test."""


def main() -> None:
    start_telemetry()
    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        with urlopen(f"http://127.0.0.1:{server.server_port}/?cents=1200&cents=5") as answer:
            assert answer.read() == b"12.05"
        thread.join()
    sentry_sdk.flush()


if __name__ == "__main__":
    main()
