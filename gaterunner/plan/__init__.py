"""From a workflow and a change to what runs, what is skipped, and why. Pure: it reads through ``Tree`` only."""

from gaterunner.plan.make import make_plan
from gaterunner.plan.names import whole_name
from gaterunner.plan.order import effective_needs
from gaterunner.plan.types import GATE_KINDS, PlannedGate

__all__ = ["GATE_KINDS", "PlannedGate", "effective_needs", "make_plan", "whole_name"]
