"""How trade-offs are settled: the panel, its vote, and the log of what was decided."""
