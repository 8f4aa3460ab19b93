"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

RULES = click.option(
    "--rules",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="folder of rules laid over the shipped ones",
)
JSON = click.option("--json", "as_json", is_flag=True, help="one JSON object a line, for machines")
