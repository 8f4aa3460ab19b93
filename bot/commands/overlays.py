"""/level, /follow, /unfollow and /mute rule: what a chat lays over everybody's rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.chats import Chat
from bot.commands.context import Ask, BotContext, settle
from bot.markup import Message
from bot.overlay import LONGEST_FOLLOWED, NONE, Overlay
from bot.replies import say
from bot.text import shown
from rules.page import nearest
from rules.verdict import Label, Severity


async def level(context: BotContext, ask: Ask) -> Message:
    """The lowest label and severity that reach this chat."""
    words = ask.text.lower().replace(",", " ").split()
    labels = [Label(word) for word in words if word in (Label.STRUCTURAL, Label.WATCH)]
    severities = [Severity(word) for word in words if word in set(Severity)]
    if words and not labels and not severities:
        return say("I know structural and watch, and low, medium, high and critical.", "/level watch high")
    if words:

        def change(chat: Chat) -> Chat:
            overlay = replace(chat.overlay, least=labels[-1]) if labels else chat.overlay
            held = chat.watch_in_digest and not labels
            return replace(
                chat, overlay=overlay, level=severities[-1] if severities else chat.level, watch_in_digest=held
            )

        chat = await settle(context, ask, change)
    else:
        chat = await context.chats.get(ask.chat_id) or ask.newcomer(context)
    what = "Structural stories" if chat.overlay.least is Label.STRUCTURAL else "Structural stories and those to watch"
    loud = "of any severity" if chat.level is Severity.LOW else f"from {chat.level} up"
    return say(f"{what} {loud} reach you here.", "" if words else "/level watch")


async def follow(context: BotContext, ask: Ask) -> Message:
    """Follow words: what holds one comes already when it is to be watched."""
    words = _words(ask.text)
    if not words:
        overlay = await _overlay(context, ask)
        if not overlay.follows:
            return say("Nothing is followed. What you follow comes one level earlier.", "/follow scandium, Reko Diq")
        return say(f"Followed here: {', '.join(overlay.follows)}. To end it:", f"/unfollow {overlay.follows[0]}")
    await _change(context, ask, lambda overlay: overlay.following(words))
    return say(
        f"Followed: {', '.join(words)}. What is to be watched about it comes too. To end it:", f"/unfollow {words[0]}"
    )


async def unfollow(context: BotContext, ask: Ask) -> Message:
    """Follow words no longer."""
    words, before = _words(ask.text), await _overlay(context, ask)
    if before.unfollowing(words) == before:
        return say("That was not followed. /follow shows what is.")
    await _change(context, ask, lambda overlay: overlay.unfollowing(words))
    return say(f"No longer followed: {', '.join(words)}.")


async def mute_rule(context: BotContext, ask: Ask, name: str) -> Message:
    """Do not listen to one rule here; what only it raises stays out."""
    known = {rule.name for rule in context.rules().label_rules}
    if name not in known:
        return say(f"I know no rule “{shown(name, 40)}”: {shown(nearest(name, sorted(known)), 200)}")
    await _change(context, ask, lambda overlay: overlay.muting(name))
    return say(f"The rule {name} is muted here. To hear it again:", f"/unmute rule {name}")


async def unmute_rule(context: BotContext, ask: Ask, name: str) -> Message:
    """Listen to a rule again."""
    before = await _overlay(context, ask)
    if name not in before.muted_rules:
        told = f" Muted are: {', '.join(before.muted_rules)}." if before.muted_rules else ""
        return say(f"No such rule is muted here.{told}")
    await _change(context, ask, lambda overlay: overlay.unmuting(name))
    return say(f"The rule {name} is heard again.")


def rule_named(text: str) -> str:
    """The rule in "rule noise-opinion"; "" where the words name none."""
    first, _, name = text.strip().partition(" ")
    return name.strip().lower() if first.lower() in ("rule", "rule:") else ""


def _words(text: str) -> tuple[str, ...]:
    """Words and phrases, parted by commas; what has no letter or digit is no word."""
    found = (shown(part.strip(), LONGEST_FOLLOWED) for part in text.split(","))
    return tuple(dict.fromkeys(word for word in found if any(char.isalnum() for char in word)))


async def _overlay(context: BotContext, ask: Ask) -> Overlay:
    chat = await context.chats.get(ask.chat_id)
    return chat.overlay if chat else NONE


async def _change(context: BotContext, ask: Ask, change: Callable[[Overlay], Overlay]) -> Chat:
    return await settle(context, ask, lambda chat: replace(chat, overlay=change(chat.overlay)))
