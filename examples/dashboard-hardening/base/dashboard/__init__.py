"""An analytics dashboard: what became of messages, over a window of time."""
