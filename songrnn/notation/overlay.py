"""Overlays: a further layer of a voice within its bars (ABC 2.1, 7.4).

& begins the bar again; with (& before them, as abc2midi reads it, & goes back over several bars,
until &).
"""

from dataclasses import replace

from songrnn.notation.barlines import Barlines, Moment
from songrnn.notation.reading import Barline
from songrnn.notation.voice import VoiceReader


class Overlay(VoiceReader):
    """One further layer of a voice, in all bars that have it. It has the barlines of its voice."""

    def __init__(self, main: VoiceReader, number: int) -> None:
        super().__init__(main.sheet)
        main.settle(self)
        self.name, self.layer = main.name, number
        self._main = main
        self.bars = main.bars
        self._moved: dict[int, tuple[int, int]] = {}  # barline of the main layer -> its characters

    def begin(self, place: Moment | None) -> None:
        """The bar of the main layer begins again in this one, or all bars since a place."""
        main = self._main
        self.pulse = main.pulse.copy()
        self.pulse.restart()
        self.accidentals = main.accidentals.copy()
        self.keys, self.meters, self.parts = [*main.keys], [*main.meters], [*main.parts]
        if place is not None:
            self.bars = Barlines.beginning_at(place)
            self.pulse.ticks = place.ticks

    def end(self, at: int, place: Moment | None) -> None:
        """It is over; of several bars, each of its barlines is the main layer's, here."""
        self.close_open(at)
        if place is None:
            self.pulse.barline()
            return
        found = self._main.bars.found
        theirs = [n for n in range(place.barlines, len(found)) if found[n].text != "["]
        for index, barline in zip(theirs, self.bars.found, strict=False):
            self._moved[index] = barline.span
        self.bars = self._main.bars

    @property
    def barlines(self) -> tuple[Barline, ...]:
        """The main layer's; in bars that it goes over together, where its own music has them."""
        found = self._main.bars.found
        if not self._moved:
            return tuple(found)
        moved = [
            replace(barline, span=self._moved.get(index, barline.span))
            for index, barline in enumerate(found)
        ]
        return tuple(moved)
