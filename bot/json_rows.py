"""A row of JSON for machines that is safe on a terminal, too, and can always be written. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

_OBEYED = re.compile(r"[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON may hold as it is, and a terminal obeys, an editor breaks the line at, or UTF-8 cannot write."""


def json_row(row: Any) -> str:
    """The row on one line, other scripts readable; what a terminal would obey is written as an escape."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(row, ensure_ascii=False))
