"""Which axis of an array is which: named by the user, by the file, or by what is measured."""
