"""``python -m guestbook``: serves on port 8000 what ``DATABASE_URL`` names; ``migrate`` only brings it up to date."""

from __future__ import annotations

import os
import sys
from wsgiref.simple_server import make_server

from guestbook.store import Store
from guestbook.web import make_application

if __name__ == "__main__":
    store = Store(os.environ["DATABASE_URL"])
    store.migrate()
    if sys.argv[1:] != ["migrate"]:
        with make_server("127.0.0.1", 8000, make_application(store)) as server:
            server.serve_forever()
