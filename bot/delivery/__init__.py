"""Delivery: the paced queue, the ledger it writes, and the senders it drives."""
