"""Secrets in content and in file names: the engine, its rules, and which of its matches are new.

Values stay inside ``engine.py``. Everything that leaves it is a rule, a title, a line and a key.
"""
