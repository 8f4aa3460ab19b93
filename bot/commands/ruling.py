"""/rules: which rules are in force, what judges in their shadow, and for admins what became of the last change."""

from __future__ import annotations

from redis.asyncio import Redis

from bot.chats import Kind
from bot.commands.context import Ask, BotContext
from bot.markup import Line, Message, bold, code, compose, line
from bot.text import shown
from bot.words import ago_words
from pipelines.rule_news import RuleNews, read_rule_news
from pipelines.rulebook import is_own
from pipelines.shadow import count_shadow
from rules.ruleset import RuleSet, Status


async def rules(context: BotContext, ask: Ask) -> Message:
    """The version in force; an admin in a private chat also sees a refusal that stands."""
    inside = ask.kind is Kind.PRIVATE and context.access.is_admin(ask.user_id)
    return compose(await rules_lines(context, ask, inside=inside))


async def rules_lines(context: BotContext, ask: Ask, *, inside: bool) -> list[Line]:
    """The same in lines; ``inside``: an operator reads them, alone."""
    news = await read_rule_news(context.store)
    shadow = await _in_shadow(news, context.store, inside=inside)
    return [*_in_force(context.rules()), *_changes(news, ask, inside=inside), *shadow]


def _in_force(rules: RuleSet) -> list[Line]:
    speaking = [rule for rule in rules.rules if rule.status is Status.STABLE]
    own = sum(is_own(rule) for rule in speaking)
    disabled = len({each.rule for each in rules.disabled})
    silent = len(rules.rules) - len(speaking) - disabled
    counts = (
        (len(speaking), "rules"),
        (own, "of them your own"),
        (disabled, "disabled"),
        (silent, "silent"),
        (len(rules.filters), "filters"),
    )
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    return [line(bold("Rules in force"), " ", code(rules.hash[:8])), line(told)]


def _changes(news: RuleNews, ask: Ask, *, inside: bool) -> list[Line]:
    lines: list[Line] = []
    if news.reloaded:
        lines.append(line(f"Last changed {ago_words(ask.now - news.reloaded)}"))
    if inside and news.fault and news.refused:
        lines += [line(f"A change was refused {ago_words(ask.now - news.refused)}:"), _fault(news.fault)]
    return lines


async def _in_shadow(news: RuleNews, store: Redis, *, inside: bool) -> list[Line]:
    lines: list[Line] = []
    if news.shadow:
        differ = await count_shadow(store)
        lines.append(
            line("In the shadow judges ", code(news.shadow[:8]), f", and sends nothing; {differ} differences kept")
        )
    if inside and news.shadow:
        lines.append(line("See where: `lodestone rules shadow`"))
    if inside and news.shadow_fault:
        lines += [line("The candidate for the shadow was refused:"), _fault(news.shadow_fault)]
    return lines


def _fault(text: str) -> Line:
    return line(code(shown(text, 300)))
