"""What a gate leaves behind: one file per kind of evidence."""
