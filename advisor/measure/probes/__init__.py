"""Quick models that ask one question each: does order matter, does layout, how far back."""
