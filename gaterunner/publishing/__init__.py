"""Publishing a report that another job made: what it is about is told by GitHub, never by the report itself."""
