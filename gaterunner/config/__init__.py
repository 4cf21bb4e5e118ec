"""The workflow file: grammar, positions, conventions, schema."""
