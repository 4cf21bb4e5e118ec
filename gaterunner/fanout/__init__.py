"""One plan on many machines: cut into parts, whose reports are collected and merged into one (docs/fan-out.md)."""
