"""What `clean-main` looks at, one file each: the target, merges, copies of public commits, who made the commits."""
