"""Trains the learned model of the reader. Needs what ``make train`` installs; nothing here runs in service."""
