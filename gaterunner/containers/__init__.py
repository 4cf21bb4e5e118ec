"""The Docker engine: reaching it, its images, what of ours it runs, and cleaning up after a run that was killed."""
