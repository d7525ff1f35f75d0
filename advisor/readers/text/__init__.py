"""Texts: by class, running, aligned line by line, tagged, and strings of letters."""
