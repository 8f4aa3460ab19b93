"""/week: structural changes by topic and day, over the price of the chat's first coin, as a picture."""

from __future__ import annotations

from bot.commands.chart import coins_of, drawing, looked_by, read_priced
from bot.commands.context import Ask, BotContext, Drawing
from bot.languages.translator import N_
from bot.markup import Message
from bot.pictures.captions import week_caption
from bot.pictures.week import week_of, week_plot
from bot.replies import say
from bot.shade import Shade
from bot.taps import Week
from pipelines.judged import read_structural

NOTHING = N_("No structural change in the last seven days. That happens: most news is noise.")


async def week(context: BotContext, ask: Ask) -> Message | Drawing:
    """The seven days that end today."""
    return await week_chart(context, ask, Week(Shade.LIGHT))


async def week_chart(context: BotContext, ask: Ask, pressed: Week) -> Message | Drawing:
    """The picture, to be drawn; what the person is told where there is none."""
    looked, coins = await looked_by(context, ask), await coins_of(context, ask)
    since, to = week_of(looked.zone, looked.now)
    changes = await read_structural(context.store, since, to)
    coin = await read_priced(context, coins[0], since, looked.now)
    plot = week_plot(changes, coin, looked)
    if plot is None:
        return say(ask.tr(NOTHING))
    caption = week_caption(len(changes), pressed.shade, ask.tr)
    return drawing(context, ask, f"week {coin.symbol}", plot, pressed.shade, caption)
