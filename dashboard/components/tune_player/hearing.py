"""What a person may choose about how a tune sounds, and what becomes of the choice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class Hearing:
    """instruments: what the tune can be heard on, `instrument` the one it is. chords: whether its
    chord symbols are heard, None when there are none. A choice goes to `on_instrument` or
    `on_chords`, then the script runs again."""

    instruments: Sequence[str] = ()
    instrument: str = ""
    on_instrument: Callable[[str], None] | None = None
    chords: bool | None = None
    on_chords: Callable[[bool], None] | None = None

    def data(self) -> dict[str, Any]:
        """What the script shows of it."""
        return {
            "instruments": list(self.instruments),
            "instrument": self.instrument,
            "chords": self.chords,
        }

    def callbacks(self, key: str) -> dict[str, Any]:
        """What the component with this key calls when something is chosen."""

        def chosen(name: str) -> Any:
            return (st.session_state.get(key) or {}).get(name)

        def instrument_changed() -> None:
            picked = str(chosen("instrument"))
            if picked in self.instruments and self.on_instrument is not None:
                self.on_instrument(picked)

        def chords_changed() -> None:
            if self.on_chords is not None:
                self.on_chords(bool(chosen("chords")))

        return {"on_instrument_change": instrument_changed, "on_chords_change": chords_changed}


AS_IT_IS = Hearing()  # there is nothing to choose
