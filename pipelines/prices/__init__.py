"""Prices: a keeper asks exchanges in the background and holds quotes in the store; whoever shows a price only reads."""
