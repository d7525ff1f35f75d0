"""Records → plain view (`view`), then one renderer each (`terminal`, `live`)."""
