"""One pass over many samples: copies, overlaps, odd values, columns that tell too much."""
