"""What a person may choose about how a tune sounds, and what becomes of the choice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from songrnn.notation.playing.backing import BACKING_NAMES, BACKINGS
from songrnn.notation.playing.choice import Playing
from songrnn.notation.playing.styles import STYLE_NAMES

_PLAIN = Playing(style="plain")


@dataclass(frozen=True)
class Hearing:
    """playing: how the tune is heard now. instruments: what it can be heard on. A choice goes to
    `on_instrument`, `on_style` or `on_backing`, then the script runs again; what has none of these
    cannot be chosen."""

    playing: Playing = field(default=_PLAIN)
    instruments: Sequence[str] = ()
    on_instrument: Callable[[str], None] | None = None
    on_style: Callable[[str], None] | None = None
    on_backing: Callable[[str], None] | None = None

    def data(self) -> dict[str, Any]:
        """What the script shows of it."""
        return {
            "instruments": list(self.instruments),
            "instrument": self.playing.instrument,
            "styles": list(STYLE_NAMES) if self.on_style else [],
            "style": self.playing.style,
            "backings": [[name, BACKING_NAMES[name]] for name in BACKINGS]
            if self.on_backing
            else [],
            "backing": self.playing.backing,
        }

    def callbacks(self, key: str) -> dict[str, Any]:
        """What the component with this key calls when something is chosen."""

        def taker(
            name: str, known: Sequence[str], then: Callable[[str], None] | None
        ) -> Callable[[], None]:
            def changed() -> None:
                picked = str((st.session_state.get(key) or {}).get(name))
                if picked in known and then is not None:
                    then(picked)

            return changed

        return {
            "on_instrument_change": taker("instrument", self.instruments, self.on_instrument),
            "on_style_change": taker("style", STYLE_NAMES, self.on_style),
            "on_backing_change": taker("backing", BACKINGS, self.on_backing),
        }


AS_IT_IS = Hearing()  # there is nothing to choose
