"""Brings the world in: feeds, language, story identity, prices, streams and the stored state. Knows no Telegram."""
