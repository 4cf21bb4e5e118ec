"""A guest book: a web service with a database."""
