"""The run folder: its files, its lock, its checkpoints, and what is read back from it."""
