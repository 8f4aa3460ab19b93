"""The learned model as `lodestone train` wrote it: network, vocabulary, settings, and its card."""
