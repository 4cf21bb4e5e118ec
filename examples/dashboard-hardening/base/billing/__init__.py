"""What customers pay for."""
