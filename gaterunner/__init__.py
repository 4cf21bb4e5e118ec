"""gaterunner: decides, with evidence, whether a branch may go further."""

__version__ = "0.1.0"
