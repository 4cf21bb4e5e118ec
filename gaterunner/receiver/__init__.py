"""Receives what the program under test sends of its own running, in place of Sentry and of an OpenTelemetry collector.

``receiver.py`` listens while a gate runs, ``wire.py`` reads requests, ``reception.py`` says what each of them is, and
``tally.py`` counts. Nothing of a payload is kept but numbers, names and where in it something stood.
"""
