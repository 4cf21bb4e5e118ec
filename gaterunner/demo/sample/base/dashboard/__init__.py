"""Time windows and pipeline states of an analytics dashboard."""
