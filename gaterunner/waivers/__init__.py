"""Recorded, reasoned exceptions: entries of the base's waivers file, and approving reviews of exactly this head."""

from gaterunner.waivers.approval import Approval, Approver, find_approval
from gaterunner.waivers.file import Waiver, read_waivers
from gaterunner.waivers.ledger import Ledger

__all__ = ["Approval", "Approver", "Ledger", "Waiver", "find_approval", "read_waivers"]
