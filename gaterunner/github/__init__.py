"""GitHub: the event that started a run, and the API."""
