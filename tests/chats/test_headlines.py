"""Three hundred broken headlines from entry to phone; ten thousand run in ``make faults``."""

from __future__ import annotations

import pytest

from bot.markup import Button, Message
from pipelines.language.reader import load_reader
from tests.chats.mutated import KINDS, Found, down_the_line, entries


async def test_broken_headlines_reach_the_phone_whole() -> None:
    found = await down_the_line(list(entries(300, seed=3)), load_reader())
    assert not found.wrong, f"{found}\n{found.first}"
    assert found.sent > 250, str(found)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (Message("<b>x", "x"), "refused"),
        (Message("a & b", "a & b"), "refused"),
        (Message("x", "x" * 4_097), "length"),
        (Message("<b></b>", "x"), "length"),
        (Message("x", "\x1b[31mx"), "control"),
        (Message("x", "x", ((Button("x", data="y" * 65),),)), "data"),
        (Message("x", "x", ((Button("x"),),)), "data"),
        (Message("x", "x", ((Button("x", url="http://10.0.0.8/"),),)), "link"),
        (Message('<a href="tg://user?id=1">x</a>', "x"), "link"),
        (Message("x&#x9b;", "x"), "refused"),
    ],
)
def test_a_message_that_is_wrong_is_found(message: Message, kind: str) -> None:
    found = Found()
    found.look(message)
    assert list(found.wrong) == [kind]
    assert kind in KINDS
