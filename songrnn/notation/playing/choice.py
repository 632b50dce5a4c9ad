"""What a person chooses about how a tune is played."""

from dataclasses import dataclass

from songrnn.notation.playing.backing import Backing
from songrnn.notation.playing.styles import StyleName


@dataclass(frozen=True)
class Playing:
    """How a tune is played.

    instrument: of `audio.INSTRUMENTS`. style: "plain" as written, "musician" as `rendition` says.
    backing: what accompanies it. chord_symbols: whether chord symbols sound on a piano where
    nothing accompanies it.
    """

    instrument: str = "fiddle"
    style: StyleName = "musician"
    backing: Backing = "none"
    chord_symbols: bool = False
