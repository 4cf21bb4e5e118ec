"""Where a gate can run: one file per place."""
