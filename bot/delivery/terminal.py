"""The sender to this terminal, used where no bot token is set: the same words on standard output."""

from __future__ import annotations

import sys
from itertools import count
from typing import TextIO

from bot.delivery.answers import Answer, Outgoing, Retry, Sent
from bot.terminal import to_terminal

TERMINAL_CHAT = 0
"""The terminal's chat id; Telegram never gives out 0."""


class TerminalSender:
    """Prints messages; numbers them from 1."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._numbers = count(1)

    async def send(self, outgoing: Outgoing) -> Answer:
        """Print the message; a closed pipe or a full disk behind the terminal is not its end."""
        try:
            self._out.write(f"\n{to_terminal(outgoing.message, colour=self._out.isatty())}\n")
            self._out.flush()
        except OSError as error:
            return Retry(f"terminal: {error.strerror}")
        return Sent(next(self._numbers))
