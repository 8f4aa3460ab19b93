"""Roles and sounds, row by row."""

from __future__ import annotations

import pytest

from bot.access import Access
from bot.roles import Grant, Role, Sender, may
from bot.sound import Sound, silent
from rules.verdict import Label

ACCESS = Access(admins=frozenset({999}))
GROUP, CHANNEL = -100, -200
YES, NO, ASK = Grant.YES, Grant.NO, Grant.ASK


def sender(chat: int, user: int | None, speaks_as: int | None = None, idle: str = "") -> Sender:
    return Sender(chat=chat, private=chat > 0, user=user, speaks_as=speaks_as, idle=idle)


@pytest.mark.parametrize(
    ("who", "grants"),
    [
        (sender(7, 7), (YES, YES, NO)),
        (sender(999, 999), (YES, YES, YES)),
        (sender(7, 8), (YES, NO, NO)),
        (sender(7, 999), (YES, NO, YES)),
        (sender(GROUP, 7), (YES, ASK, NO)),
        (sender(GROUP, 999), (YES, ASK, YES)),
        (sender(GROUP, None), (YES, NO, NO)),
        (sender(GROUP, None, speaks_as=GROUP), (YES, YES, NO)),
        (sender(GROUP, None, speaks_as=CHANNEL), (YES, NO, NO)),
        (sender(CHANNEL, None, speaks_as=CHANNEL), (YES, YES, NO)),
        # However Telegram filled the other field: who speaks as a chat is no person.
        (sender(GROUP, 999, speaks_as=GROUP), (YES, YES, NO)),
        (sender(999, 999, speaks_as=999), (YES, NO, NO)),
        (sender(999, 999, idle="forwarded"), (NO, NO, NO)),
    ],
)
def test_each_sender_has_these_roles(who: Sender, grants: tuple[Grant, ...]) -> None:
    assert tuple(may(role, who, ACCESS) for role in (Role.ANYONE, Role.CHAT_ADMIN, Role.OPERATOR)) == grants


@pytest.mark.parametrize("user", [0, 7, 999, None])
def test_nobody_operates_a_bot_without_a_list(user: int | None) -> None:
    assert may(Role.OPERATOR, sender(user or 7, user), Access()) is NO


@pytest.mark.parametrize(
    ("sound", "rings"),
    [(Sound.STRUCTURAL, {Label.STRUCTURAL}), (Sound.ALL, {*Label, "digest"}), (Sound.OFF, set[object]())],
)
def test_what_rings(sound: Sound, rings: set[object]) -> None:
    assert {label for label in Label if not silent(sound, label, digest=False)} == rings - {"digest"}
    for label in Label:
        assert silent(sound, label, digest=True) == ("digest" not in rings)
