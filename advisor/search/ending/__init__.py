"""The end of a search: finals, refit, ensemble, one look at the test, the verdict."""
