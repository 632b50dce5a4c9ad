"""The voices of a tune as it is read: which one the music is in, and in which order they come.

The first voice is the one that the header declares first; without such, the one that the body
opens first; music before any V: is in it. An overlay (&) is a layer of its own within its voice
(ABC 2.1, 7 and 7.4).
"""

from songrnn.notation.barlines import Moment
from songrnn.notation.clefs import parse_settings, voice_name
from songrnn.notation.overlay import Overlay
from songrnn.notation.pulse import UNNAMED_VOICE
from songrnn.notation.reading import TuneField
from songrnn.notation.sheet import Sheet
from songrnn.notation.voice import VoiceReader

# Whoever opens more does not mean voices.
_MOST_VOICES = 64
_MOST_LAYERS = 8


class Voices:
    """current: the voice, or overlay, that music is in. first: the voice that is read as the tune.

    In the header `current` is the first voice; what is set there holds for all others too.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self.first = VoiceReader(sheet)
        self.current = self.first
        self._template = self.first
        self._settings: dict[str, str] = {}  # voice -> the value of its V: field in the header
        self._named: dict[str, VoiceReader] = {}
        self._layers: dict[tuple[int, int], Overlay] = {}
        self._main = self.first
        self._overlays = 0  # of this bar, or of these bars
        self._across: Moment | None = None  # from where (& … &) goes on
        self._opened_at = 0
        self._part: TuneField | None = None  # the latest P: field of the body

    @property
    def read(self) -> list[VoiceReader]:
        """Every voice and overlay there is, in no order that matters."""
        return [*(self._named.values() or [self.first]), *self._layers.values()]

    def declare(self, value: str) -> None:
        """A V: field of the header."""
        name = voice_name(value)
        if not self._settings:
            self._name_first(name)
        if len(self._settings) < _MOST_VOICES:
            self._settings[name] = f"{self._settings.get(name, '')} {value}"

    def begin(self) -> None:
        """The header is over."""
        self._template = self.first.fork()
        if self.first.name is not None:
            self._apply(self.first, self._settings[self.first.name])

    def choose(self, value: str, at: int) -> None:
        """A V: field of the body: the music goes on in that voice."""
        self.end_overlays(at)
        self.current.close_open(at)
        name = voice_name(value)
        if self.first.name is None:
            self._name_first(UNNAMED_VOICE if self._sheet.has_music(at) else name)
        voice = self._named.get(name)
        if voice is None:
            if len(self._named) >= _MOST_VOICES:
                return
            voice = self._named[name] = self._template.fork()
            voice.name = name
            self._apply(voice, self._settings.get(name, ""))
        self._apply(voice, value)
        self.current = self._main = voice
        if self._part is not None and voice.part is not self._part:
            voice.begin_part(self._part, again=False)

    def begin_part(self, field: TuneField) -> None:
        """A P: field of the body (3.1.9): the voice it stands in begins the part here, the others
        where their music goes on."""
        self._part = self._main.part = field
        self.current.begin_part(field)

    def open_overlays(self, at: int) -> None:
        """(&: to here each & goes back, over several bars, until &)."""
        self.end_overlays(at)
        self.current.close_open(at)
        self._across = self._main.bars.moment(self._main.pulse.ticks)
        self._opened_at = at

    def overlay(self, at: int) -> None:
        """&: the bar, or the bars since (&, begin again in another layer."""
        if isinstance(self.current, Overlay):
            self.current.end(at, self._across)
        else:
            self.current.close_open(at)
        self._overlays = min(self._overlays + 1, _MOST_LAYERS)
        place = (id(self._main), self._overlays)
        layer = self._layers.get(place)
        if layer is None:
            layer = self._layers[place] = Overlay(self._main, self._overlays)
        layer.begin(self._across)
        self.current = layer

    def end_bar(self, at: int) -> None:
        """A barline: overlays end, but those of several bars."""
        if self._across is None:
            self._end_overlay(at)

    def end_overlays(self, at: int, *, closed: bool = False) -> bool:
        """&), or the voice or the tune is over; whether (& opened any."""
        opened = self._across is not None
        if opened and not closed:
            self._sheet.report("overlay-open", self._opened_at, self._opened_at + 2)
        self._end_overlay(at)
        self._across = None
        return opened

    def _end_overlay(self, at: int) -> None:
        if isinstance(self.current, Overlay):
            self.current.end(at, self._across)
            self.current = self._main
        self._overlays = 0

    def in_order(self) -> list[VoiceReader]:
        """The first voice, then the others that have music, each before its own overlays."""
        names = [*self._settings, *[name for name in self._named if name not in self._settings]]
        mains = [self._named[name] for name in names if name in self._named] or [self.first]
        if not self._has_music(self.first):  # declared, but nothing is written in it
            self.first = next((voice for voice in mains if self._has_music(voice)), self.first)
        mains.sort(key=lambda voice: voice is not self.first)
        found: list[VoiceReader] = []
        for voice in mains:
            if voice is self.first or self._has_music(voice):
                found += [voice, *[layer for layer in self._layers_of(voice) if layer.drafts]]
        return found

    def _layers_of(self, voice: VoiceReader) -> list[VoiceReader]:
        places = [(id(voice), number) for number in range(1, _MOST_LAYERS + 1)]
        return [self._layers[place] for place in places if place in self._layers]

    def _has_music(self, voice: VoiceReader) -> bool:
        return any(layer.drafts for layer in [voice, *self._layers_of(voice)])

    def _name_first(self, name: str) -> None:
        self.first.name = name
        self._named[name] = self.first

    def _apply(self, voice: VoiceReader, value: str) -> None:
        settings = parse_settings(value)
        voice.title = settings.title if settings.title is not None else voice.title
        voice.apply(settings, (0, 0))
