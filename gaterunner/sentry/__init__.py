"""What Sentry's web API knows of a release: asked over HTTP with bounded patience, read strictly.

An answer that lacks a field, ends early, or comes from a server that does not do what it was asked, is an error and
never an empty list: nothing found because nothing was read is no evidence.
"""
