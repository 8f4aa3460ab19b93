"""What rings in a chat, and what comes without a sound. Pure."""

from __future__ import annotations

from enum import StrEnum

from rules.verdict import Label


class Sound(StrEnum):
    """``STRUCTURAL``: structural alerts ring, the rest comes silently. ``ALL``: everything rings. ``OFF``: nothing."""

    STRUCTURAL = "structural"
    ALL = "all"
    OFF = "off"


def silent(sound: Sound, label: Label, *, digest: bool = False) -> bool:
    """Whether a message of this label, or a ``digest`` of several, comes without a sound."""
    match sound:
        case Sound.ALL:
            return False
        case Sound.OFF:
            return True
        case Sound.STRUCTURAL:
            return digest or label is not Label.STRUCTURAL
