"""The keeper's log: one line when something goes bad and one when it is well again, not one a round."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

log = logging.getLogger(__name__)

_DISAGREES: Final = "disagrees"


class Notes:
    """What is bad at the moment, by source and symbol ("" for a whole source)."""

    def __init__(self) -> None:
        self._faults: dict[tuple[str, str], str] = {}

    def note(self, source: str, symbol: str, reason: str | None, pause: float = 0.0) -> None:
        """``reason`` is a fixed word, None where all is well; ``pause`` the seconds for which the source is left."""
        known = self._faults.get((source, symbol))
        if reason is None and known is not None:
            del self._faults[source, symbol]
            log.info("price.back source=%s symbol=%s was=%s", source, symbol or "all", known)
        elif reason is not None and known is None:
            self._faults[source, symbol] = reason
            log.warning("price.bad source=%s symbol=%s reason=%s pause=%.0f", source, symbol or "all", reason, pause)

    def read(self, faults: Mapping[tuple[str, str], str | None]) -> None:
        """How each of these could be read. That a price could be read does not mean that others agree with it."""
        for (source, symbol), reason in faults.items():
            if reason is not None or self._faults.get((source, symbol)) != _DISAGREES:
                self.note(source, symbol, reason)

    def weighed(self, source: str, symbol: str, *, agrees: bool) -> None:
        """Whether what the source says of the coin is what is believed."""
        if not agrees:
            self.note(source, symbol, _DISAGREES)
        elif self._faults.get((source, symbol)) == _DISAGREES:
            self.note(source, symbol, None)

    def only(self, source: str, faults: Mapping[str, str]) -> None:
        """What is bad at this source now, by symbol: all else there is well."""
        for name, symbol in list(self._faults):
            if name == source and symbol not in faults:
                self.note(name, symbol, None)
        for symbol, reason in faults.items():
            self.note(source, symbol, reason)

    def of(self, source: str) -> dict[str, str]:
        """What could not be read of this source, by symbol."""
        faults = self._faults.items()
        return {symbol: why for (name, symbol), why in faults if name == source and why != _DISAGREES}
