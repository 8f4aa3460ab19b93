"""The screens: what a person sees from the first tap on, with the messages that the product would send. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.boards import render_board
from bot.chats import Chat, Kind
from bot.digests import render_digest
from bot.languages.translator import Translator
from bot.living import render_edit, render_reply
from bot.messages import PRICE_MAX_AGE, render_alert
from bot.onboarding import render_done, render_start, render_step
from bot.presets import Amount, with_amount
from bot.quiet import Quiet
from bot.sample import own_sample
from tests.pictures.day import Day, quotes
from tests.pictures.phone import Post, Screen, typed

_SOON = timedelta(seconds=1)
_USER = 123456789


def screens(day: Day, urdu: Translator) -> tuple[Screen, ...]:
    """All screens, in the order in which a newcomer meets them; ``urdu`` speaks the last."""
    begin = day.rumour.judged.replace(hour=6, minute=30)
    chat = Chat(id=_USER, kind=Kind.PRIVATE, created=begin)
    watching = with_amount(chat, Amount.WATCH)
    return (
        *_beginning(chat, begin),
        _alert(day, chat),
        _edited(day, chat),
        _reply(day, watching),
        _digest(day, watching),
        *_settings(with_amount(chat, Amount.DIGEST), day.grown.judged.replace(hour=20, minute=15)),
        _alert_in(urdu, day, chat),
    )


def _beginning(chat: Chat, now: datetime) -> tuple[Screen, ...]:
    done = render_done(chat, own_sample(now), quotes(now), now, PRICE_MAX_AGE, ours=True)
    pages = (
        ("start", "Onboarding: the first message", render_start(chat, _USER, now)),
        ("start-amount", "Onboarding: how much", render_step(chat, "level")),
        ("start-coins", "Onboarding: which coins", render_step(chat, "coins")),
        ("start-done", "Onboarding: done, with a sample", done),
    )
    asked = typed("/start", now)
    return tuple(
        Screen(
            name=name,
            title=title,
            at=now + _SOON,
            # The message turns its own pages: the same post, edited by taps.
            posts=(asked, Post(at=now + _SOON, message=message, edited=name != "start")),
        )
        for name, title, message in pages
    )


def _alert(day: Day, chat: Chat) -> Screen:
    """Under what came before, as in a chat that is in use."""
    now = day.deed.judged
    message = render_alert(day.deed, quotes(now), chat, now)
    posts = (*_edited(day, chat).posts, Post(at=now, message=message))
    return Screen(name="alert", title="An alert", at=now, posts=posts)


def _alert_in(tr: Translator, day: Day, chat: Chat) -> Screen:
    now = day.deed.judged
    message = render_alert(day.deed, quotes(now), replace(chat, language=tr.language), now, tr=tr)
    return Screen(
        name=f"alert-{tr.language}",
        title=f"An alert in {tr.locale.english_name}",
        at=now,
        posts=(Post(at=now, message=message),),
        language=tr.language,
    )


def _edited(day: Day, chat: Chat) -> Screen:
    sent = day.first.judged
    message = render_edit(day.grown, quotes(sent), chat, sent)
    posts = (Post(at=sent, message=message, edited=True),)
    return Screen(name="edited", title="An alert, edited as facts came", at=day.grown.judged, posts=posts)


def _reply(day: Day, chat: Chat) -> Screen:
    sent, now = day.rumour.judged, day.deed.judged
    before = render_alert(day.rumour, quotes(sent), chat, sent)
    moved = render_reply(day.deed, quotes(now), chat, now, since=day.rumour.story.version)
    posts = (Post(at=sent, message=before), Post(at=now, message=moved, quoted=before))
    return Screen(name="reply", title="A reply: the matter moved", at=now, posts=posts)


def _digest(day: Day, chat: Chat) -> Screen:
    now = max(each.judged for each in day.digest)
    return Screen(
        name="digest", title="A digest", at=now, posts=(Post(at=now, message=render_digest(day.digest, chat, now)),)
    )


def _settings(chat: Chat, now: datetime) -> tuple[Screen, ...]:
    chat = replace(chat, zone="Asia/Karachi", quiet=Quiet(1320, 420), coins=("BTC", "ETH"))
    return tuple(
        Screen(
            name=name,
            title=title,
            at=now + _SOON,
            posts=(
                typed("/settings", now),
                Post(at=now + _SOON, message=render_board(chat, page, now), edited=page != "home"),
            ),
        )
        for name, title, page in (
            ("settings", "Settings", "home"),
            ("settings-topics", "Settings: topics", "topics"),
            ("settings-amount", "Settings: how much", "level"),
            ("settings-digest", "Settings: digest", "digest"),
        )
    )
