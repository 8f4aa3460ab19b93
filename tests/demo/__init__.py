"""Tests of the packaged day."""
