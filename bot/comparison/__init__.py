"""A comparison of two rule sets as a person reads it: in the terminal, as rows for machines, as a page."""
