"""Traits: each is a question of the language that holds for the story it was taken from."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.schema import load
from rules.story import Story
from rules.traits import Trait, scalar, traits_of
from tests.rules import drawn
from tests.rules.stories import NOW, story


def asked(trait: Trait, of: Story) -> bool:
    """What the language answers when a rule asks it."""
    text = (
        f"rules:\n  - name: a\n    when:\n      {trait.yaml}\n    then: watch\n    because: So.\n    status: stable\n"
    )
    (rule,) = load({"a.yaml": text}).rules
    return rule.matches(of, NOW)


@settings(deadline=None, max_examples=60)
@given(first=drawn.stories(), second=drawn.stories())
def test_a_trait_holds_for_the_stories_that_have_it_and_no_others(first: Story, second: Story) -> None:
    own, other = traits_of(first), traits_of(second)
    for trait in own:
        assert asked(trait, first)
        # Phrases are looked for as they stand, so that a title may hold one that it would not offer.
        if trait.field != "words":
            assert asked(trait, second) is (trait in other)


@pytest.mark.parametrize(
    ("title", "phrases"),
    [
        ("China bans the export of gallium", {"china", "bans", "china bans", "export", "gallium"}),
        ("EU's 2027 plan: tin, no zinc", {"eu", "plan", "tin", "zinc"}),
        ("Gallium-free chips", {"gallium", "free", "chips", "free chips"}),
        ("", set()),
        ("12:30 on 5 May", set()),
    ],
)
def test_the_words_that_say_something(title: str, phrases: set[str]) -> None:
    found = traits_of(story(title=title))
    assert {trait.words[0] for trait in found if trait.field == "words"} == phrases


@given(
    text=st.one_of(st.text(min_size=1), st.sampled_from(["no", "On", "12:30", "1e3", "null", "~", "#", "a: b", "y"]))
)
def test_a_scalar_is_read_back_as_the_text_that_it_is(text: str) -> None:
    if text.isprintable():
        assert yaml.safe_load(f"[{scalar(text)}]") == [text]
