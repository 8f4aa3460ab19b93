"""The console script: finds a command by name and imports only its own module, so that ``--help`` is quick."""

from __future__ import annotations

import sys
from importlib import import_module, metadata
from typing import Any, NoReturn

import click

from bot.logs import redact
from bot.settings import SettingsError
from pipelines.redis_server import NoServerError
from pipelines.store import STORE_TROUBLE, is_away
from rules.errors import RuleErrors

_COMMANDS = {
    "run": "the main job: poll, judge, push",
    "demo": "a packaged day of news, then the messages as a chat would hold them",
    "simulate": "run the real stages on a file of headlines and write every message",
    "label": "read headlines from a file and write their labels",
    "group": "group headlines from a file into stories",
    "train": "train the model that reads headlines",
    "evaluate": "compare the labels of a file with those that it carries",
    "explain": "say how one headline is read and judged, and why",
    "check": "check settings, rules and feeds without running anything",
    "rules": "test the rules",
    "feeds": "list, examine, import and export feeds",
    "record": "what tightened and what eased supply, by month, topic and country",
    "status": "what waits to be sent, what went wrong, how many chats there are",
    "prices": "how each price source is, how old its word, and how far sources lie apart",
    "chats": "list the chats and what they wish",
    "audit": "list what operators did in chats, and what was refused",
    "dead": "list, retry or drop what could not be dealt with",
    "backup": "copy the deployment into one file, running or not",
    "restore": "bring a backup back into an empty data folder",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: Any = getattr(import_module(f"bot.commandline.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command), ctx
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(metadata.version("lodestone"), prog_name="lodestone")
def lodestone() -> None:
    """Tell structural change from headline noise. Educational, never financial advice."""


def main() -> None:
    """Run the command; expected failures are one clear line on stderr and exit code 2."""
    try:
        lodestone()
    except (SettingsError, NoServerError, RuleErrors) as error:
        _end(str(error))
    except STORE_TROUBLE as error:
        if not is_away(error):
            raise
        _end(f"the store cannot be used: {error}; start it, or correct REDIS_URL")
    except OSError as error:
        what = f"{error.filename or 'a file'} cannot be used: {error.strerror or error}"
        _end(f"{what}; see that it is there, may be written and has room")


def _end(why: str) -> NoReturn:
    print(f"lodestone: {redact(why)}", file=sys.stderr)
    sys.exit(2)
