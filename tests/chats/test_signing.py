"""Signed buttons: nobody makes one up, changes one, presses another's, or presses late."""

from __future__ import annotations

import hmac
from base64 import b64encode
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import signing
from bot.signing import LIFE, LONGEST_ARGUMENT, Action, Order, Refusal, is_signed, signer_for
from tests.chats.make import NOW

TOKEN = "4200000042:made-up-for-a-test-of-signatures-only"
SIGNER = signer_for(TOKEN)
ACTIONS = st.sampled_from(Action)
ARGUMENTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=LONGEST_ARGUMENT)
USERS = st.integers(1, 2**52)
NONCES = st.binary(min_size=6, max_size=6)


@given(ACTIONS, ARGUMENTS, USERS, NONCES, st.integers(0, 599))
def test_what_was_signed_is_read_again(action: Action, argument: str, user: int, nonce: bytes, age: int) -> None:
    data = SIGNER.sign(action, argument, user, nonce, NOW)
    assert len(data.encode()) <= 64
    assert is_signed(data)
    assert SIGNER.verify(data, user, NOW + timedelta(seconds=age)) == Order(action, argument, user, NOW + LIFE, nonce)


@given(ACTIONS, ARGUMENTS, USERS, NONCES, st.data())
def test_any_changed_byte_is_refused(
    action: Action, argument: str, user: int, nonce: bytes, draw: st.DataObject
) -> None:
    data = SIGNER.sign(action, argument, user, nonce, NOW).encode()
    at = draw.draw(st.integers(0, len(data) - 1))
    changed = draw.draw(st.integers(0, 127).filter(lambda byte: byte != data[at]))
    forged = (data[:at] + bytes([changed]) + data[at + 1 :]).decode()
    assert SIGNER.verify(forged, user, NOW) is Refusal.FORGED


@given(ACTIONS, ARGUMENTS, USERS, NONCES, st.data())
def test_a_byte_less_or_more_is_refused(
    action: Action, argument: str, user: int, nonce: bytes, draw: st.DataObject
) -> None:
    data = SIGNER.sign(action, argument, user, nonce, NOW)
    at = draw.draw(st.integers(0, len(data) - 1))
    assert SIGNER.verify(data[:at] + data[at + 1 :], user, NOW) is Refusal.FORGED
    assert SIGNER.verify(data[:at] + draw.draw(st.characters()) + data[at:], user, NOW) is Refusal.FORGED


@given(st.text(max_size=80))
def test_nothing_made_up_is_obeyed(text: str) -> None:
    assert SIGNER.verify(text, 1, NOW) is Refusal.FORGED
    assert SIGNER.verify(f"!{text}", 1, NOW) is Refusal.FORGED


@given(USERS, st.one_of(st.none(), USERS))
def test_only_the_person_may_press(user: int, other: int | None) -> None:
    answer = SIGNER.verify(SIGNER.sign(Action.RETRY, "", user, b"123456", NOW), other, NOW)
    assert (answer is Refusal.FOREIGN) == (user != other)


@given(st.integers(-(10**9), 10**9))
def test_ten_minutes_and_no_longer(seconds: int) -> None:
    data = SIGNER.sign(Action.DROP, "1-0", 7, b"123456", NOW)
    answer = SIGNER.verify(data, 7, NOW + timedelta(seconds=seconds))
    # A clock that was set back by up to a minute does no harm; further back the button is none of this time.
    assert isinstance(answer, Order) == (-60 <= seconds <= 600)
    assert isinstance(answer, Order) or answer is Refusal.LATE


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_another_bots_button_is_forged(token: str) -> None:
    answer = SIGNER.verify(signer_for(token).sign(Action.RETRY, "1-0", 7, b"123456", NOW), 7, NOW)
    assert (answer is Refusal.FORGED) == (token != TOKEN)


def test_neither_token_nor_key_is_shown() -> None:
    assert (repr(SIGNER), str(SIGNER)) == ("Signer()", "Signer()")
    key = hmac.digest(TOKEN.encode(), signing._DOMAIN, "sha256")  # what the key is, and the token is not
    data = SIGNER.sign(Action.RETRY, "1-0", 7, b"123456", NOW)
    hidden = (TOKEN[:20], TOKEN[20:], key.hex()[:32], b64encode(key).decode()[:20])
    assert [each for each in hidden if each in data] == []


@pytest.mark.parametrize(
    ("argument", "user", "nonce"),
    [("x" * 17, 7, b"123456"), ("ä", 7, b"123456"), ("", 0, b"123456"), ("", 2**64, b"123456"), ("", 7, b"12345")],
)
def test_what_cannot_be_signed_is_refused(argument: str, user: int, nonce: bytes) -> None:
    with pytest.raises(ValueError, match="a button"):
        SIGNER.sign(Action.RETRY, argument, user, nonce, NOW)
