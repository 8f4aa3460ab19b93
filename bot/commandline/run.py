"""``lodestone run``: the main job, for ever or once."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from bot.app import StoppedError
from bot.commandline.options import RULES
from bot.line import NAMES
from bot.logs import set_up_logs
from bot.main_job import run_for_ever
from bot.settings import load_settings
from bot.single_run import run_once
from pipelines.due import ClockTakenError
from pipelines.feeds.catalogue import CatalogueError


@click.command()
@click.option("--stage", "stages", multiple=True, type=click.Choice(NAMES), help="run only these stages (repeatable)")
@click.option("--once", is_flag=True, help="poll every feed once, deal with what came, and end")
@click.option("--json", "as_json", is_flag=True, help="with --once: print one line per structural story, send nothing")
@click.option("--feeds", help="OPML or YAML file, or its http URL, in place of the shipped catalogue")
@RULES
@click.option("--data", type=click.Path(path_type=Path), help="folder for everything written (default ./data)")
def run(
    *, stages: tuple[str, ...], once: bool, as_json: bool, feeds: str | None, rules: Path | None, data: Path | None
) -> None:
    """Poll the feeds, judge what they bring and push what qualifies.

    To Telegram where LODESTONE_TELEGRAM_TOKEN is set, else to this terminal in the same words.
    """
    if as_json and not once:
        raise click.UsageError("--json goes with --once")
    if once and stages:
        raise click.UsageError("--once runs all stages; leave --stage out")
    settings = load_settings({"feeds": feeds, "rules": rules, "data": data})
    set_up_logs(settings.log_level, settings.secrets)
    try:
        if once:
            sys.exit(asyncio.run(run_once(settings, as_json=as_json)))
        sys.exit(asyncio.run(run_for_ever(settings, stages or NAMES)))
    except StoppedError:
        sys.exit(0)
    except (ClockTakenError, CatalogueError) as error:
        raise click.ClickException(str(error)) from None
