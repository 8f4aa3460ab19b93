"""/rules: which rules are in force, what judges in their shadow, and for admins what became of the last change."""

from __future__ import annotations

from redis.asyncio import Redis

from bot.chats import Kind
from bot.commands.context import Ask, BotContext
from bot.languages.translator import Translator
from bot.markup import Line, Message, Span, bold, code, compose, line
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
    shadow = await _in_shadow(news, context.store, ask.tr, inside=inside)
    return [*_in_force(context.rules(), ask.tr), *_changes(news, ask, inside=inside), *shadow]


def _in_force(rules: RuleSet, tr: Translator) -> list[Line]:
    speaking = [rule for rule in rules.rules if rule.status is Status.STABLE]
    own = sum(is_own(rule) for rule in speaking)
    disabled = len({each.rule for each in rules.disabled})
    silent = len(rules.rules) - len(speaking) - disabled
    filters = len(rules.filters)
    told = (
        tr.plural("{count} rule", "{count} rules", len(speaking)) if speaking else "",
        tr("{number} of them your own", number=own) if own else "",
        tr("{number} disabled", number=disabled) if disabled else "",
        tr("{number} silent", number=silent) if silent else "",
        tr.plural("{count} filter", "{count} filters", filters) if filters else "",
    )
    return [line(bold(tr("Rules in force")), " ", code(rules.hash[:8])), line(tr.joined(told))]


def _changes(news: RuleNews, ask: Ask, *, inside: bool) -> list[Line]:
    lines: list[Line] = []
    tr = ask.tr
    if news.reloaded:
        lines.append(line(tr("Last changed {ago}", ago=ago_words(ask.now - news.reloaded, tr))))
    if inside and news.fault and news.refused:
        lines.append(line(tr("A change was refused {ago}:", ago=ago_words(ask.now - news.refused, tr))))
        lines.append(_fault(news.fault))
    return lines


async def _in_shadow(news: RuleNews, store: Redis, tr: Translator, *, inside: bool) -> list[Line]:
    lines: list[Line] = []
    if news.shadow:
        differ = await count_shadow(store)
        told = tr.parts(
            "In the shadow judges {rules}, and sends nothing; {count} differences kept",
            rules=code(news.shadow[:8]),
            count=Span(tr.number(differ)),
        )
        lines.append(line(*told))
    if inside and news.shadow:
        lines.append(line(tr("See where: {command}", command="`lodestone rules shadow`")))
    if inside and news.shadow_fault:
        lines += [line(tr("The candidate for the shadow was refused:")), _fault(news.shadow_fault)]
    return lines


def _fault(text: str) -> Line:
    return line(code(shown(text, 300)))
