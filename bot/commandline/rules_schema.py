"""``lodestone rules schema``: the JSON Schema of a rule file."""

from __future__ import annotations

import json

import click

from rules.json_schema import json_schema


@click.command()
def schema() -> None:
    """Print the JSON Schema of a rule file, for completion in an editor; `rules init` writes it beside your own."""
    click.echo(schema_text(), nl=False)


def schema_text() -> str:
    """The schema as the file that is shipped."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"
