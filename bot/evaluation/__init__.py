"""An evaluation as a person reads it: figures for the terminal, and a page with plots."""
