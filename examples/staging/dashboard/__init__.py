"""A dashboard that adds up."""
