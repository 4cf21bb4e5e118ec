"""What migration tools' files look like, and what a change does to them."""
