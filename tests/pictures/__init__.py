"""Draws the pictures that the README shows."""
