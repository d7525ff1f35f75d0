"""Labels that are no folders: in the names of files, or in a table beside them."""
