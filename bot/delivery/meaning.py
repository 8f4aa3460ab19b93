"""What each answer of Telegram means for a delivery: one table for its refusals, by their texts. Pure.

Whether a failure means "surely not delivered" decides between a quiet retry and a marked repeat, so each answer is told
apart by code, by text and, for the network's own failures, by whether the request had left. The texts are those of the
Bot API as its clients list them.
"""

from __future__ import annotations

import warnings
from datetime import timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.delivery.answers import Answer, Gone, Moved, Part, Retry, Unknown, Without
from bot.text import clean
from bot.transport import never_left

_REVOKED = 30.0
"""Seconds between attempts while the token is refused: it may be a rotation, and the queue waits."""
_LONGEST_WAIT = 86_400.0
"""Seconds for which one answer may silence a chat, or the bot; Telegram asks again if it means more."""
_DOUBTFUL = 600.0
"""Seconds to wait where a person is said to refuse messages in words that once hit everybody for some minutes."""

NOT_MODIFIED = "message is not modified"
CHAT_IS_GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_write",
    "chat_restricted",
    "chat_send_plain_forbidden",
    "channel_private",
    "input_user_deactivated",
    "group chat was deactivated",
)
WITHOUT: dict[Part, tuple[str, ...]] = {
    "edit": ("message to edit not found", "message can't be edited", "message_id_invalid"),
    "reply": ("message to be replied not found", "replied message not found"),
    "thread": ("message thread not found", "topic_closed", "topic_deleted"),
}
NOT_FINAL = ("can't send messages to the user",)


def meaning(error: TelegramError) -> Answer | Without | None:  # noqa: PLR0911  one line per answer of Telegram
    """What an error of a call means; None where what was wanted is so already (an edit that changes nothing).

    BadRequest and TimedOut are NetworkErrors, so they go first. What is kept of an answer's text can be stored and
    shown: it may hold half a character, which neither the store nor a terminal takes.
    """
    why = f"{type(error).__name__}: {clean(error.message)}"[:200]
    match error:
        case RetryAfter():
            return Retry(why, _wait(error), flood=True)
        case ChatMigrated():
            return Moved(error.new_chat_id)
        case Forbidden():
            return (
                Retry(why, _DOUBTFUL)
                if _says(error, NOT_FINAL)
                else Gone(clean(error.message).removeprefix("Forbidden: "))
            )
        case InvalidToken() | Conflict():
            return Retry(why, _REVOKED, everyone=True)
        case BadRequest():
            return _refusal(error, why)
        case TimedOut():
            return Retry(why) if never_left(error.__cause__) else Unknown(why)
        case NetworkError() if _left_without_answer(error):
            return Unknown(why)
        case NetworkError():
            # "Flood control" without a time and server errors come here: Telegram answered, and did not deliver.
            return Retry(why, flood="too many requests" in why.lower())
        case _:
            # An answer of success that the library could not read.
            return Unknown(why)


def _refusal(error: BadRequest, why: str) -> Answer | Without | None:
    if _says(error, (NOT_MODIFIED,)):
        return None
    for part, phrases in WITHOUT.items():
        if _says(error, phrases):
            return Without(part, why)
    if _says(error, CHAT_IS_GONE):
        return Gone(clean(error.message))
    if _says(error, ("too many requests",)):
        return Retry(why, flood=True)
    # Its reasons are many (a tag, an address under a button), and plain text has none of what it may dislike.
    return Without("markup", why)


def _wait(error: RetryAfter) -> float:
    """Seconds that Telegram asks for; the library warns that the type of this figure will change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        after = error.retry_after
    seconds = after.total_seconds() if isinstance(after, timedelta) else float(after)
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _says(error: TelegramError, phrases: tuple[str, ...]) -> bool:
    return any(phrase in error.message.lower() for phrase in phrases)


def _left_without_answer(error: NetworkError) -> bool:
    """Whether the request may have arrived: something broke after it was made, and no answer was read.

    An answer that says no has no cause, or, where its body is not Telegram's, an error of the library's own.
    """
    cause = error.__cause__
    return cause is not None and not never_left(cause) and not isinstance(cause, TelegramError)
