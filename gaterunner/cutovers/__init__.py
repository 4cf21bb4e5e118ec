"""Cutovers: replacing a table or column step by step, so that dropping the old one takes nothing from anybody."""

from gaterunner.cutovers.held import cutovers_of, is_declared
from gaterunner.cutovers.permission import permits
from gaterunner.cutovers.reading import read_cutovers
from gaterunner.cutovers.types import PATH, PHASES, Cutover, Cutovers

__all__ = ["PATH", "PHASES", "Cutover", "Cutovers", "cutovers_of", "is_declared", "permits", "read_cutovers"]
