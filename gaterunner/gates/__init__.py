"""The kinds of gates: what is executed and what its evidence means. One file per kind."""
