"""``python -m dashboard migrate`` brings the database up to date that ``DATABASE_URL`` names."""

import os

from dashboard.store import Store

if __name__ == "__main__":
    Store(os.environ["DATABASE_URL"]).migrate()
