"""The record of resilience: what structural stories tightened and eased, by month, country and topic."""
