"""/rules: which rules are in force, and for admins what became of the last change."""

from __future__ import annotations

from bot.chats import Kind
from bot.commands.context import Ask, BotContext
from bot.markup import Line, Message, bold, code, compose, line
from bot.text import shown
from bot.words import ago_words
from pipelines.rule_news import RuleNews, read_rule_news
from rules.ruleset import RuleSet, Status

_SHIPPED = "packs/"


async def rules(context: BotContext, ask: Ask) -> Message:
    """The version in force; an admin in a private chat also sees a refusal that stands."""
    inside = ask.kind is Kind.PRIVATE and context.access.is_admin(ask.user_id)
    news = await read_rule_news(context.store)
    return compose([*_in_force(context.rules()), *_changes(news, ask, inside=inside, shadow=context.shadow)])


def _in_force(rules: RuleSet) -> list[Line]:
    speaking = [rule for rule in rules.rules if rule.status is Status.STABLE]
    own = sum(not rule.file.startswith(_SHIPPED) for rule in speaking)
    silent = len(rules.rules) - len(speaking)
    parts = [f"{len(speaking)} rules", f"{own} of them your own" if own else "", f"{silent} silent" if silent else ""]
    if rules.filters:
        parts.append(f"{len(rules.filters)} filters")
    return [line(bold("Rules in force"), " ", code(rules.hash[:8])), line(", ".join(filter(None, parts)))]


def _changes(news: RuleNews, ask: Ask, *, inside: bool, shadow: bool) -> list[Line]:
    lines: list[Line] = []
    if news.reloaded:
        lines.append(line(f"Last changed {ago_words(ask.now - news.reloaded)}"))
    if inside and news.fault and news.refused:
        lines += [
            line(f"A change was refused {ago_words(ask.now - news.refused)}:"),
            line(code(shown(news.fault, 300))),
        ]
    if inside and shadow:
        lines.append(line("A candidate set judges in the shadow; `lodestone rules shadow` shows where it differs."))
    return lines
