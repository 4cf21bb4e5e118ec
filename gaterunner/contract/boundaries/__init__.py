"""The data boundaries of a spec: what added code reads, writes, logs and names, one file per language and kind."""
