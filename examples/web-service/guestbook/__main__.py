"""``python -m guestbook``: serves on port 8000 what ``DATABASE_URL`` names."""

from __future__ import annotations

import os
from wsgiref.simple_server import make_server

from guestbook.store import Store
from guestbook.web import make_application

if __name__ == "__main__":
    store = Store(os.environ["DATABASE_URL"])
    store.migrate()
    with make_server("127.0.0.1", 8000, make_application(store)) as server:
        server.serve_forever()
