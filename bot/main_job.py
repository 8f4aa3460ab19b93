"""The main job as a story: open the store, take the clock, start the stages, stop cleanly."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from redis.asyncio import Redis

from bot.app import (
    Running,
    build_send,
    choose_sender,
    consumer_name,
    heartbeat,
    open_store,
    seat_terminal,
    utc_now,
)
from bot.chat_store import ChatStore
from bot.delivery.queue import Outbox
from bot.delivery.terminal import TerminalSender
from bot.feeding import Feeding, open_feeding
from bot.line import Parts, build_line
from bot.pricing import keep_prices
from bot.settings import Settings
from bot.telegram_side import TelegramSide, build_bot
from bot.wiring import build_telegram
from pipelines import keys
from pipelines.due import DueClock
from pipelines.events import Alert, Poll, decode
from pipelines.language.reader import Reader, build_reader
from pipelines.prices.read import read_quotes
from pipelines.redis_server import EmbeddedServer
from pipelines.rulebook import load_rules
from pipelines.streams import Streams
from pipelines.worker import Worker
from rules.verdict import Label

log = logging.getLogger(__name__)
_CLAIM_PATIENCE = 6.0
"""Seconds to wait for the clock: a dead owner's lease expires in four."""
