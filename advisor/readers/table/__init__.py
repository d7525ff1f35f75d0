"""Tables of any form of text or binary file, and what their rows are."""
