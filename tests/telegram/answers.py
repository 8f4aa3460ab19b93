"""What Telegram answers when it does not do what it is asked, by a short name: code and words."""

from __future__ import annotations

_BLOCKED = "Forbidden: bot was blocked by the user"
_SAME = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)

ANSWERS: dict[str, tuple[int, str]] = {
    # the chat
    "403": (403, _BLOCKED),
    "blocked": (403, _BLOCKED),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "kicked-group": (403, "Forbidden: bot was kicked from the group chat"),
    "kicked-supergroup": (403, "Forbidden: bot was kicked from the supergroup chat"),
    "kicked-channel": (403, "Forbidden: bot was kicked from the channel chat"),
    "not-begun": (403, "Forbidden: bot can't initiate conversation with a user"),
    "no-member-supergroup": (403, "Forbidden: bot is not a member of the supergroup chat"),
    "no-member-channel": (403, "Forbidden: bot is not a member of the channel chat"),
    "group-deleted": (403, "Forbidden: the group chat was deleted"),
    "to-a-bot": (403, "Forbidden: bot can't send messages to bots"),
    # Once this came for minutes to users who were there: a bot that forgot them lost 3 % of its readers.
    "for-now": (403, "Forbidden: bot can't send messages to the user"),
    "no-chat": (400, "Bad Request: chat not found"),
    "no-user": (400, "Bad Request: user not found"),
    "peer": (400, "Bad Request: PEER_ID_INVALID"),
    "no-rights": (400, "Bad Request: not enough rights to send text messages to the chat"),
    "no-rights-at-all": (400, "Bad Request: have no rights to send a message"),
    "write-forbidden": (400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
    "restricted": (400, "Bad Request: CHAT_RESTRICTED"),
    "no-plain": (400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN"),
    "user-gone": (400, "Bad Request: INPUT_USER_DEACTIVATED"),
    "private-channel": (400, "Bad Request: CHANNEL_PRIVATE"),
    "migrate": (400, "Bad Request: group chat was upgraded to a supergroup chat"),
    # the place in the chat
    "no-thread": (400, "Bad Request: message thread not found"),
    "topic-closed": (400, "Bad Request: TOPIC_CLOSED"),
    "no-reply": (400, "Bad Request: message to be replied not found"),
    # the message
    "400": (400, "Bad Request: can't parse entities: ordered by the test"),
    "entities": (400, 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0'),
    "too-long": (400, "Bad Request: message is too long"),
    "caption-too-long": (400, "Bad Request: message caption is too long"),
    "empty": (400, "Bad Request: message text is empty"),
    "utf8": (400, "Bad Request: text must be encoded in UTF-8"),
    "button-url": (400, "Bad Request: BUTTON_URL_INVALID"),
    "button-data": (400, "Bad Request: BUTTON_DATA_INVALID"),
    "same": (
        400,
        _SAME,
    ),
    "no-edit": (400, "Bad Request: message to edit not found"),
    "cannot-edit": (400, "Bad Request: message can't be edited"),
    "no-delete": (400, "Bad Request: message to delete not found"),
    # the bot
    "401": (401, "Unauthorized"),
    "404": (404, "Not Found"),
    "409": (409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"),
    "409-webhook": (409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first"),
    "429": (429, "Too Many Requests: retry later"),
    # the server; "-html" and 502 have a page of a proxy as their body
    "500": (500, "Internal Server Error"),
    "502": (502, "Bad Gateway"),
    "502-json": (502, "Bad Gateway"),
    "504": (504, "Gateway Timeout"),
    "500-html": (500, "Internal Server Error"),
    "504-html": (504, "Gateway Timeout"),
}
PAGES = frozenset({"502", "500-html", "504-html"})
"""The answers whose body is no JSON."""
