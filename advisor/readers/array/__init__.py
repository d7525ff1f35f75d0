"""Named arrays in any order of axes, and fields over time."""
