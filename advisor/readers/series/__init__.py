"""Series: one or many, in their own files or in the rows of tables."""
