"""Hard numbers of a run: what it measured, by area and against the base's last run."""
