"""Feature flags as their manifest declares them, and what a change may do to them."""
