"""Why a rule spoke, in a chat's language: the rule's own translation, the catalogue's, or English, whole."""

from __future__ import annotations

import json
from dataclasses import replace
from gettext import NullTranslations
from typing import Any

import pytest

from bot.languages.translator import ENGLISH, Translator
from bot.messages import why_line
from bot.reasons import effect_words, reason_words
from bot.sample import own_sample
from pipelines.events import Alert, decode, encode
from pipelines.rulebook import load_rules
from rules.judge import judge
from rules.phrases import AUTHORITIES, WEIGHED, fill
from rules.story import Actor, Event, Stage, Story
from rules.verdict import Reason
from tests.chats.make import ACT, NOW, REASONS, alert, report, story
from tests.languages.gather import gather
from tests.languages.made_up import MADE_UP, english_left
from tests.rules.stories import story as judged_story

LIMITS = "{event} {stage}{by}: it decides who can buy."
TOLD = {
    LIMITS: "{by}: {event}، {stage}!",
    "export control": "برآمدی پابندی",
    "in force": "نافذ",
    "{some} and {last}": "{some} اور {last}",
}
SHIPPED = load_rules(None)


class _Told(NullTranslations):
    def gettext(self, message: str) -> str:
        return TOLD.get(message, message)

    def pgettext(self, context: str, message: str) -> str:
        return TOLD.get(message, message)


URDU = Translator("ur", _Told())


def by(*actors: Actor, **act: Any) -> Story:
    return story(report(act=replace(ACT, actors=actors, **act)))


def of(sentence: str, told: Story, *own: tuple[str, str]) -> Reason:
    return Reason("mine", fill(sentence, told), "structural", own, sentence)


@pytest.mark.parametrize(
    ("sentence", "own", "said"),
    [
        (LIMITS, (), " \u2068(EU)\u2069: برآمدی پابندی، نافذ!"),
        (LIMITS, (("ur", "{stage} ہے{by}"), ("zh", "不")), "نافذ ہے \u2068(EU)\u2069"),
        (LIMITS, (("zh", "不"),), " \u2068(EU)\u2069: برآمدی پابندی، نافذ!"),
        ("{event} of no catalogue.", (), "\u2068Export control of no catalogue.\u2069"),
        ("Nobody translated this.", (), "\u2068Nobody translated this.\u2069"),
        ("{event}, {stage}.", (), "برآمدی پابندی, نافذ."),
        ("", (), ""),
    ],
)
def test_own_translation_then_catalogue_then_english(sentence: str, own: Any, said: str) -> None:
    told = by(Actor("EU", "A3"))
    assert reason_words(of(sentence, told, *own), told, 240, URDU) == said
    assert reason_words(of(sentence, told, *own), told, 240) == fill(sentence, told)


def test_two_actors_are_joined_as_the_language_does() -> None:
    told = by(Actor("EU", "A3"), Actor("", "A6"), Actor("Canada", "A2"))
    assert "\u2068EU\u2069 اور \u2068Canada\u2069" in reason_words(of(LIMITS, told), told, 240, URDU)


def test_what_is_too_long_is_cut_and_leaves_no_mark_open() -> None:
    told = by(Actor("E" * 60, "A3"), Actor("C" * 60, "A2"))
    said = reason_words(of(LIMITS, told), told, 70, URDU)
    assert len(said) <= 72
    assert said.count("\u2068") == said.count("\u2069") == 1


@pytest.mark.parametrize("rule", SHIPPED.rules, ids=lambda rule: rule.name)
def test_every_shipped_rule_is_said(rule: Any) -> None:
    for told in (by(), by(Actor("", "A2")), by(Actor("EU", "A3"), Actor("Canada", "A2"))):
        spoke = replace(judge(told, SHIPPED, NOW).reasons[0], because=fill(rule.because, told), unfilled=rule.because)
        assert english_left(reason_words(spoke, told, 240, MADE_UP), "EU", "Canada") == []


@pytest.mark.parametrize("event", Event)
def test_every_word_that_fills_a_sentence_is_said_and_gathered(event: Event) -> None:
    texts = {message.id for message in GATHERED if message.context == "in a rule's sentence"}
    for stage in Stage:
        for actors in ((), *((Actor("", authority),) for authority in AUTHORITIES)):
            told = by(*actors, event=event, stage=stage)
            asked = list[str]()
            tr = Translator("en_001", _Asked(asked))
            reason_words(of("{event} {stage}{by}.", told), told, 240, tr)
            assert set(asked) <= texts
            assert english_left(reason_words(of("{event} {stage}{by}.", told), told, 240, MADE_UP)) == []


class _Asked(NullTranslations):
    """Keeps what it is asked for in a context."""

    def __init__(self, asked: list[str]) -> None:
        super().__init__()
        self.asked = asked

    def gettext(self, message: str) -> str:
        return f"{message} "

    def pgettext(self, context: str, message: str) -> str:
        self.asked.append(message)
        return message


GATHERED = gather()


def test_the_rules_sentences_are_gathered() -> None:
    texts = {message.id for message in GATHERED}
    assert {rule.because for rule in SHIPPED.rules} <= texts
    nothing = judge(by(event=Event.OTHER, stage=Stage.NONE), SHIPPED, NOW)
    assert {nothing.reasons[0].sentence, WEIGHED} <= texts
    weighed = nothing.reasons[-1]
    assert weighed.because.startswith("Weighed: act ")
    assert reason_words(weighed, story(), 240, MADE_UP) == MADE_UP(WEIGHED)


def test_a_row_of_before_is_read_and_said() -> None:
    kind, _, body = encode(alert()).partition(b" ")
    row = json.loads(body)
    for reason in row["verdict"]["reasons"]:
        del reason["unfilled"]
    old = decode(kind + b" " + json.dumps(row).encode())
    assert isinstance(old, Alert)
    assert old.verdict.reasons == REASONS
    assert [each.sentence for each in old.verdict.reasons] == [each.because for each in REASONS]
    assert reason_words(old.verdict.reasons[0], old.story, 240, MADE_UP) != REASONS[0].because


def test_what_a_verdict_keeps_comes_back() -> None:
    told = judged_story(actors=(Actor("EU", "A3"),))
    judged = Alert(told, judge(told, SHIPPED, NOW), NOW, NOW)
    assert decode(encode(judged)) == judged
    back = decode(encode(judged))
    assert isinstance(back, Alert)
    assert [each.sentence for each in back.verdict.reasons] == [each.sentence for each in judged.verdict.reasons]
    assert "{event}" in back.verdict.reasons[0].sentence


@pytest.mark.parametrize(
    ("effect", "said"),
    [("structural",) * 2, ("at most watch",) * 2, ("x 0.85",) * 2, ("+ 10",) * 2, ("95.5 of 100",) * 2],
)
def test_what_a_rule_did_is_said(effect: str, said: str) -> None:
    assert effect_words(effect) == said
    assert english_left(effect_words(effect, MADE_UP), " x ") == []


def test_alert_and_sample_say_why() -> None:
    for told in (alert(), own_sample(NOW)):
        (said,) = why_line(told, MADE_UP)
        assert english_left("".join(span.text for span in said)) == []
        assert why_line(told, ENGLISH)[0][1].text == f" {told.verdict.reasons[0].because}"
