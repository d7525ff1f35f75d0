"""Where trials are trained: in this process, or in several beside it."""
