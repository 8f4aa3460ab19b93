"""The command line: one file a command or family, found by name in ``bot.cli``."""
