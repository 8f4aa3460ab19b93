"""A Bot API server that misbehaves on order, and the tests that talk to the bot through it."""
