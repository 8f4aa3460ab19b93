"""What people type and tap in Telegram: one file per family of commands, joined in ``handlers``."""
