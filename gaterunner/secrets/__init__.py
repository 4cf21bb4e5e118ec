"""Finding secrets: the engine behind an adapter, our own rules, and names of files that hold secrets."""
