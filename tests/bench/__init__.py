"""Benchmarks: each prints its figures and what they were measured against, side by side, in one run."""
