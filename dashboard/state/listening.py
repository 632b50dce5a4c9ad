"""Keys of the Listen page."""

from typing import Final

from dashboard.state.key import Key

TEMPERATURE: Final = Key[float]("_listening_temperature")
WHOLE_BARS: Final = Key[bool]("_listening_whole_bars")
