"""The record of resilience as people see it: in the chat, on a terminal, as a page and as a row for machines."""
