"""Recorded, reasoned exceptions: entries of the base's waivers file, and approving reviews of exactly this head."""

from gaterunner.waivers.approval import Approval, Approver, find_approval
from gaterunner.waivers.file import DEFAULT_WAIVERS_PATH, Waiver, read_waivers
from gaterunner.waivers.ledger import Ledger

__all__ = ["DEFAULT_WAIVERS_PATH", "Approval", "Approver", "Ledger", "Waiver", "find_approval", "read_waivers"]
