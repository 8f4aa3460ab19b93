"""Updates as Telegram sends them, and as it never would: one seed, one sequence of broken updates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from bot.commands.handlers import COMMANDS
from bot.signing import Action, Signer
from tests.chats.make import NOW, alert
from tests.telegram.conftest import ADMIN, GROUP, OTHER, OWNER, PERSON
from tests.telegram.world import BOT, Json, World, membership, person

CHANNEL = -100900800700600
STORY = alert().story.id
WORDS = {
    "mute": "chips 8h",
    "unmute": "chips",
    "level": "watch high",
    "follow": "tin, <b>",
    "unfollow": "tin",
    "sound": "off",
    "pause": "30m",
    "price": "btc eth doge",
    "why": "licences",
    "latest": "",
}
BUTTONS = (
    *("t:semiconductor:off", "t:crypto:on", "m:semiconductor:8h", "m:energy:", "u:semiconductor", "o:off", "o:all"),
    *("s:topics", "s:latest", "s:price", f"w:{STORY}", f"n:{STORY}", f"v:useful:{STORY}", f"v:noise:{STORY}"),
    *("z::Asia/Karachi", "z:q.10o.bo.7f:Asia/Karachi", "z:d.dc.01:Europe/Berlin"),
)
_IDS = (PERSON, OTHER, ADMIN, OWNER, GROUP, CHANNEL, BOT["id"], 777000, 0, -1)
_HUGE = (2**31, 2**53, 2**63, 2**64, 10**40, -(2**31), -(2**63), 1e308, -1, 0, float("nan"), float("inf"))
_ODD = (
    *(
        "\x00",
        "\u202e",
        "\u2066",
        "\ud800",
        "\udfff",
        "\u200b",
        "a\u0301" * 40,
        "👨‍👩‍👧‍👦",
        "🇵🇰",
        "پاکستان",
        "稀土",
        "\ufffe",
    ),
    *("<b>", "</b>", "&amp;", "<a href='x'>", "\r\n", "\x1b[31m", "{0.__class__}", "%s%n", "/dead", "@", "//", " ", ""),
)
_KINDS = (
    *("message", "edited_message", "channel_post", "edited_channel_post", "business_message", "callback_query"),
    *("my_chat_member", "chat_member", "inline_query", "message_reaction", "poll_answer", "unheard_of"),
)
_ENTITIES = (
    *("bot_command", "mention", "text_link", "text_mention", "custom_emoji", "pre", "spoiler", "bold", "unheard_of"),
)


def corpus(signer: Signer) -> tuple[str, ...]:
    """Updates of every kind that the bot knows, with every command and every button of ours, each as JSON."""
    world = World(any_chat=True)
    world.now = NOW.timestamp
    world.chat(CHANNEL, "channel", "Elsewhere")
    world.chat(GROUP, title="Desk", admins={ADMIN})
    for entry in COMMANDS:
        _commands(world, f"/{entry.name} {WORDS.get(entry.name, '')}".strip())
    for text in ("hello there", "/xyzzy", "/mute@lodestone_test_bot chips", "/help@another_bot"):
        world.say(PERSON, text)
    _taps(world, signer)
    for chat in (PERSON, GROUP):
        for status in ("kicked", "left", "member", "administrator"):
            world.update("my_chat_member", _membership(world, chat, status))
    world.say(-5, "", ADMIN, migrate_to_chat_id=-1000000000005)
    world.say(-1000000000005, "", ADMIN, migrate_from_chat_id=-5)
    return tuple(json.dumps(update) for update in world.updates)


def mutated(seeds: tuple[str, ...], seed: int, count: int) -> Iterator[Json]:
    """So many updates, each changed in one to four places."""
    random = Random(seed)
    for number in range(count):
        update: Json = json.loads(random.choice(seeds))
        for _ in range(random.choice((1, 1, 2, 2, 3, 4))):
            update.setdefault("update_id", number + 1)
            random.choice(_MUTATORS)(random, update)
        yield update


def _commands(world: World, text: str) -> None:
    desk, elsewhere = world.chat(GROUP).brief(), world.chat(CHANNEL).brief()
    shown = world.deliver(world.chat(PERSON), "an alert", reply_markup=_keyboard(f"w:{STORY}", f"n:{STORY}"))
    world.say(PERSON, text)
    world.say(OWNER, text)
    world.say(OWNER, text, kind="edited_message", edit_date=int(NOW.timestamp()))
    world.say(PERSON, text, reply_to_message=shown)
    world.say(OWNER, text, forward_origin={"type": "user", "date": 1, "sender_user": person(OTHER)})
    world.say(GROUP, text, PERSON, message_thread_id=9, is_topic_message=True)
    world.say(GROUP, text, ADMIN)
    world.say(GROUP, text, 1087968824, sender_chat=desk)
    world.say(GROUP, text, ADMIN, via_bot=person(31) | {"is_bot": True})
    world.say(CHANNEL, text, 1, "channel_post", sender_chat=elsewhere)


def _taps(world: World, signer: Signer) -> None:
    signed = [
        signer.sign(action, "19abcdef012-1f", OWNER, bytes([number] * 6), NOW) for number, action in enumerate(Action)
    ]
    for data in (*BUTTONS, *signed):
        for chat, user in ((PERSON, PERSON), (OWNER, OWNER), (GROUP, ADMIN), (GROUP, PERSON)):
            shown = world.deliver(world.chat(chat), "told", reply_markup=_keyboard(data, "s:latest"))
            world.press(chat, shown["message_id"], data, user)
    world.press(PERSON, 4711, "t:crypto:off")


def _keyboard(*data: str) -> Json:
    return {"inline_keyboard": [[{"text": each, "callback_data": each}] for each in data]}


def _membership(world: World, chat: int, status: str) -> Json:
    before = "member" if status in ("kicked", "left") else "left"
    members = {"old_chat_member": membership(before, BOT), "new_chat_member": membership(status, BOT)}
    return {"chat": world.chat(chat).brief(), "from": person(ADMIN), "date": int(NOW.timestamp()), **members}


# --- the ways to break an update


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with each of its keys, outermost first."""
    found: list[tuple[Any, Any]] = []
    rest = [value]
    while rest:
        holder = rest.pop()
        names = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        for name in names:
            found.append((holder, name))
            rest.append(holder[name])
    return found


def _place(random: Random, update: Json) -> tuple[Any, Any]:
    return random.choice(_places(update))


def _drop(random: Random, update: Json) -> None:
    holder, name = _place(random, update)
    del holder[name]


def _copy_elsewhere(random: Random, update: Json) -> None:
    (source, name), (target, other) = _place(random, update), _place(random, update)
    target[other] = json.loads(json.dumps(source[name]))


def _retype(random: Random, update: Json) -> None:
    holder, name = _place(random, update)
    old = holder[name]
    text = str(old)[:200]
    holder[name] = random.choice((None, True, False, [], {}, [old], {"id": old}, text, 7, 1.5, "", {"a": [{}]}, [[]]))


def _enlarge(random: Random, update: Json) -> None:
    holder, name = _place(random, update)
    holder[name] = random.choice(_HUGE)


def _nest(random: Random, update: Json) -> None:
    holder, name = _place(random, update)
    value = holder[name]
    for _ in range(random.choice((1, 5, 60, 400))):
        value = [value] if random.random() < 0.5 else {str(name): value}
    holder[name] = value


def _nest_replies(random: Random, update: Json) -> None:
    body = update.get("message")
    if isinstance(body, dict):
        inner: Any = {"message_id": 1, "date": 1, "chat": body.get("chat")}
        for _ in range(random.choice((2, 40, 300))):
            inner = {"message_id": 1, "date": 1, "chat": body.get("chat"), "reply_to_message": inner}
        body["reply_to_message"] = inner


def _twist_text(random: Random, update: Json) -> None:
    texts = [(holder, name) for holder, name in _places(update) if isinstance(holder[name], str)]
    if texts:
        holder, name = random.choice(texts)
        at = random.randint(0, len(holder[name]))
        piece = random.choice(_ODD) * random.choice((1, 1, 3, 300))
        holder[name] = holder[name][:at] + piece + holder[name][at:]


def _wrong_id(random: Random, update: Json) -> None:
    ids = [(holder, name) for holder, name in _places(update) if str(name).endswith("id") and holder is not update]
    if ids:
        holder, name = random.choice(ids)
        holder[name] = random.choice(_IDS)


def _long_data(random: Random, update: Json) -> None:
    query = update.get("callback_query")
    if isinstance(query, dict):
        data = query.get("data")
        start = data if isinstance(data, str) else ""
        query["data"] = (start + random.choice(("x", "!", "é", ":", "\x00")) * 65)[:65]


def _forge_data(random: Random, update: Json) -> None:
    query = update.get("callback_query")
    if isinstance(query, dict) and isinstance(data := query.get("data"), str) and data:
        at = random.randrange(len(data))
        query["data"] = (
            data[:at] + chr(random.choice((random.randrange(128), random.randrange(0x3000)))) + data[at + 1 :]
        )


def _foreign_entities(random: Random, update: Json) -> None:
    body = update.get(random.choice(_KINDS[:5])) or update.get("message")
    if isinstance(body, dict):
        sizes: tuple[Any, ...] = (0, 1, 5, 4096, -1, 2**40, None, "1")
        body["entities"] = [
            {
                "type": random.choice(_ENTITIES),
                "offset": random.choice(sizes),
                "length": random.choice(sizes),
                "url": random.choice(("javascript:x", "tg://user?id=1", 7)),
                "user": random.choice((person(OTHER), {}, None)),
            }
            for _ in range(random.choice((1, 2, 150)))
        ]


def _other_kind(random: Random, update: Json) -> None:
    kinds = [name for name in update if name != "update_id"]
    if kinds:
        update[random.choice(_KINDS)] = update.pop(random.choice(kinds))


_MUTATORS: tuple[Callable[[Random, Json], None], ...] = (
    *(_drop, _copy_elsewhere, _retype, _retype, _enlarge, _nest, _nest_replies, _twist_text, _twist_text, _wrong_id),
    *(_wrong_id, _long_data, _forge_data, _foreign_entities, _other_kind),
)
