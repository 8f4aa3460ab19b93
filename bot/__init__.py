"""Everything a person touches: Telegram, chats and their wishes, messages, delivery, the command line, settings."""
