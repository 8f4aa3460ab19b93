"""Labelled headlines to learn from: our own with their text, and ids with labels of headlines kept elsewhere."""
