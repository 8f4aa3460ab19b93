"""What taps and links set: whatever is sent, the settings stay sound, and a tap twice is one tap."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.boards import render_board
from bot.buttons import PAGES, parse, turn_data
from bot.chats import Chat
from bot.onboarding import render_start, render_step
from bot.portable import read_in, write_out
from bot.presets import MOST_COINS, Amount, amount, apply, read_coins, read_link, with_amount
from pipelines.prices.coins import COINS, Coin
from tests.chats.make import NOW, chat

LINKS = st.lists(
    st.sampled_from(["chips", "rare", "earths", "energy", "btc", "watch", "structural", "-", "_", "x", "bitcoin"])
    | st.text(max_size=8),
    max_size=20,
).map("-".join)


@settings(max_examples=40, deadline=None)
@given(LINKS, st.booleans())
def test_a_link_sets_what_it_can(payload: str, fresh: bool) -> None:
    linked, before = read_link(payload), with_amount(chat(), Amount.DIGEST)
    after = linked.on(before, fresh=fresh)
    assert len(after.coins) <= MOST_COINS
    assert fresh or (set(before.topics) <= set(after.topics) and set(before.coins) <= set(after.coins))
    assert linked.on(after, fresh=fresh) == after, "a link followed twice is a link followed once"
    assert render_start(after, 1, NOW, linked).plain


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(COINS), max_size=14, unique=True), st.sampled_from([", ", " ", " and ", ","]))
def test_coins_are_found_by_their_whole_names(wanted: list[Coin], between: str) -> None:
    names = between.join(coin.name for coin in wanted)
    assert read_coins(names) == (tuple(coin.symbol for coin in wanted), ())
    assert read_coins(f"{names} doggo, x doggo")[1] == ("doggo", "x")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=12))
def test_any_way_through_the_board_is_understood(turns: list[int]) -> None:
    """Random taps, as a child with a phone: every button that is shown is understood, and means the same twice."""
    at: Chat = chat()
    page = "home"
    for turn in turns:
        shown = [each for row in render_board(at, page, NOW).buttons for each in row]
        data = shown[turn % len(shown)].data
        assert parse(data) is not None
        _, _, page, *value = data.split(":")
        if not value:
            continue
        made = apply(at, page, value[0], NOW)
        if isinstance(made, str):
            assert page == "coins"
            assert len(at.coins) == MOST_COINS
            continue
        assert apply(made, page, value[0], NOW) == made
        at = made
        assert amount(at) is not Amount.DIGEST or at.digest


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(PAGES), st.text(max_size=12))
def test_whatever_else_is_sent_sets_nothing(page: str, value: str) -> None:
    made = apply(chat(), page, value, NOW)
    kept = read_in(write_out(made)[0], made) if isinstance(made, Chat) else ""
    assert made == kept, "nothing, or what can be kept and brought back"


def test_the_steps_of_the_beginning_lead_on_and_back() -> None:
    for page, onward in (("topics", "level"), ("level", "coins"), ("coins", "done")):
        data = {button.data for row in render_step(chat(), page).buttons for button in row}
        assert turn_data("s", onward) in data
    assert turn_data("s", "level") in {button.data for row in render_step(chat(), "coins").buttons for button in row}
