"""The gates of one run: what surrounds them (``stage``), which starts when (``schedule``), each one (``gate_run``)."""
