"""The contract that a branch is held to: its spec, and the phase it belongs to."""
