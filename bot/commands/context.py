"""What the commands work with, and what each is told about the person who asks. No Telegram objects beyond here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from redis.asyncio import Redis

from bot.access import Access
from bot.aiming import Place, aim
from bot.chat_store import ChatStore
from bot.chats import COINS, Chat, Kind
from bot.commands.naming import Naming
from bot.delivery.kept import follow_mutes, write
from bot.feed_desk import FeedDesk
from bot.languages.catalogues import Languages
from bot.languages.translator import ENGLISH, Translator
from bot.markup import Message
from bot.messages import PRICE_MAX_AGE
from bot.mutings import Mute
from bot.pictures.studio import Studio
from bot.signing import Signer
from pipelines.prices.listing import Listed
from pipelines.record.read import Memo
from rules.ruleset import RuleSet


async def _not_moved(old: int, new: int) -> None:
    """Where no queue waits for chats, nothing has to follow a group to its new id."""


async def _nowhere(name: str) -> Place | None:
    """Where nobody can be looked up, nobody administers anything."""


async def _not_held(until: datetime, now: datetime) -> None:
    """Where no queue sends, nothing has to be held."""


async def _not_released() -> None:
    """Where no queue sends, nothing is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotContext:
    """Everything that commands read or change. ``coins`` are those whose prices are kept.

    ``moved`` is awaited after a group got a new id, so that what waits for the old one can follow. ``hold`` keeps all
    sending back until a moment, ``release`` ends that. ``rules`` gives the set in force. ``signer`` makes and reads the
    operators' buttons. ``desk`` is where they change the list of feeds. ``studio`` draws. ``record`` is what
    stories told of supply when somebody last asked. ``naming`` knows the names of what can be muted or followed.
    ``listed`` knows the coins that venues list.
    ``languages`` are those that the bot speaks.
    """

    store: Redis
    chats: ChatStore
    clock: Callable[[], datetime]
    access: Access = field(default_factory=Access)
    coins: tuple[str, ...] = COINS
    price_max_age: timedelta = PRICE_MAX_AGE
    moved: Callable[[int, int], Awaitable[None]] = _not_moved
    hold: Callable[[datetime, datetime], Awaitable[None]] = _not_held
    release: Callable[[], Awaitable[None]] = _not_released
    signer: Signer
    rules: Callable[[], RuleSet]
    studio: Studio = field(default_factory=Studio)
    record: Memo = field(default_factory=Memo)
    naming: Naming = field(default_factory=Naming)
    listed: Listed = field(default_factory=Listed)
    desk: FeedDesk | None = None
    languages: Languages = field(default_factory=Languages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A person's request: where, who, and the words after the command.

    ``user_id`` is None where Telegram hides or does not know the person. ``story`` is that of the alert replied to,
    ``quoted`` the text of whatever was replied to. ``whole`` are the words after the command with their lines and in
    full length, where ``text`` is one short line. ``thread`` is the topic of a forum in which it was said. ``afar``: it
    was asked in private, about the channel ``chat_id``. ``find`` looks up a channel that the person administers, by
    "@name" or id; None for any other. ``tr`` speaks the language of whoever reads the answer, ``speaks`` is that of
    the person's own Telegram.
    """

    chat_id: int
    kind: Kind
    title: str
    user_id: int | None
    text: str
    now: datetime
    story: str = ""
    thread: int | None = None
    whole: str = ""
    quoted: str = ""
    afar: bool = False
    find: Callable[[str], Awaitable[Place | None]] = _nowhere
    tr: Translator = ENGLISH
    speaks: str = "en"

    def aimed(self, message: Message) -> Message:
        """The message as it stands where the person reads it: about a channel it says so, and its buttons do."""
        return aim(message, self.chat_id, self.title, self.tr) if self.afar else message

    def after(self, context: BotContext, chat: Chat) -> Ask:
        """The request as it is answered once the chat is set so: in its language, where that is the reader's."""
        return self if self.afar else replace(self, tr=context.languages.of(chat.language))

    def newcomer(self, context: BotContext) -> Chat:
        """The chat as it would be stored first; a person's own chat speaks the person's language."""
        return Chat(
            id=self.chat_id,
            kind=self.kind,
            title=self.title[:200],
            created=self.now,
            coins=context.coins,
            language=self.speaks if self.kind is Kind.PRIVATE else "en",
        )


@dataclass(frozen=True, slots=True)
class Slow:
    """An answer that takes a while: what is said at once, and what then takes its place."""

    first: Message
    rest: Callable[[], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture to send: the PNG file, what stands under it, and what is said where no picture may be sent."""

    png: bytes
    caption: Message
    instead: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """An answer that is a picture, which takes a while; or what the person is told in its place."""

    rest: Callable[[], Awaitable[Photo | Message]]


async def spoken(context: BotContext, ask: Ask) -> Ask:
    """The request with who speaks the chat's language to its reader."""
    chat = await context.chats.get(ask.chat_id) or ask.newcomer(context)
    return replace(ask, tr=context.languages.of(chat.language))


Command = Callable[[BotContext, Ask], Awaitable[Message | Slow | Drawing]]


async def settle(context: BotContext, ask: Ask, change: Callable[[Chat], Chat]) -> Chat:
    """Change the settings of the chat that asks; one that is not known yet is stored, but switched off.

    A setting is a wish for later, not a wish for alerts: only /start asks for those. The clock learns of each mute that
    begins or ends by it.
    """
    newcomer, before = ask.newcomer(context).off("never started"), tuple[Mute, ...]()

    def changed(chat: Chat | None) -> Chat:
        nonlocal before
        before = chat.mutes_at(ask.now) if chat else ()
        return change(chat or newcomer)

    stored = await context.chats.change(ask.chat_id, changed)
    assert stored is not None  # the change above always returns a chat
    await write(context.store, follow_mutes(ask.chat_id, before, stored.mutes_at(ask.now), ask.now))
    return stored
