"""Sound files."""
