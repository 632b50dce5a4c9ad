"""A song as files: text, ABC with its provenance, MIDI, sound, MusicXML and an engraving.

It knows nothing of sampling: it takes a text and what is to be said about it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from songrnn.config import SampleConfig
from songrnn.errors import ConfigError, SongRNNError
from songrnn.generation.file_names import song_stem
from songrnn.notation.audio import INSTRUMENTS
from songrnn.notation.playing.choice import Playing
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading

_DEFAULT_PLAYING = Playing()
HOW_IT_STOPPED = {
    "end": "the model ended the tune by itself",
    "length": "ended by a limit, of characters or of bars",
    "person": "stopped by a person",
}


@dataclass(frozen=True)
class Provenance:
    """Where a song came from: all that is needed to make it again.

    made: of a variation, from what and how, in words.
    """

    run: str
    config: SampleConfig
    seed: int
    stopped_by: str
    made: str = ""

    def lines(self) -> list[str]:
        """What the head of an .abc file says, without the percent signs."""
        settings = [f"temperature {self.config.temperature:g}"]
        if self.config.top_k:
            settings.append(f"top-k {self.config.top_k}")
        if self.config.top_p < 1:
            settings.append(f"top-p {self.config.top_p:g}")
        if self.config.min_p:
            settings.append(f"min-p {self.config.min_p:g}")
        if self.config.filters_in_turn:
            settings.append("filters in turn")
        if self.config.whole_bars:
            settings.append("whole bars")
        if self.config.form:
            settings.append("the form of a training tune")
        if self.config.recall:
            settings.append(f"recall {self.config.recall:g}")
        if self.config.ways > 1:
            settings.append(f"each phrase the most typical of {self.config.ways}")
            if self.config.drafts > 1:
                settings.append(f"the best of {self.config.drafts} drafts")
        stopped = HOW_IT_STOPPED.get(self.stopped_by, self.stopped_by)
        lines = [f"run {self.run}", ", ".join(settings), f"seed {self.seed}", stopped]
        return [*lines, " ".join(self.made.split())] if self.made else lines


@dataclass(frozen=True)
class SongFiles:
    """files: format -> bytes. missing: format -> the sentence why it could not be made."""

    files: dict[str, bytes]
    missing: dict[str, str]


def file_stem(text: str, provenance: Provenance) -> str:
    """What the files of a song are called, its title and how it was made among it."""
    return song_stem(
        read(text).header.get("T", ""),
        provenance.run,
        provenance.config.temperature,
        provenance.seed,
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _musicxml(reading: Reading, provenance: Provenance) -> bytes:
    from songrnn.notation.score import to_musicxml

    composer = f"SongRNN Lab, run {provenance.run}" if provenance.run else ""
    return to_musicxml(reading, composer=composer).encode()


def abc_with_provenance(text: str, provenance: Provenance) -> str:
    """The song preceded by comment lines (ABC 2.1, section 3.2: `%` to the end of the line)."""
    head = "".join(f"% {line}\n" for line in provenance.lines())
    return head + text + ("" if text.endswith("\n") else "\n")


def _midi(reading: Reading, playing: Playing) -> bytes:
    from songrnn.notation.sound import midi_of

    return midi_of(reading, playing)


def _svg(reading: Reading, _: Playing) -> bytes:
    from songrnn.notation.engraving import engrave

    return engrave(reading).encode()


def _sound(format: Literal["wav", "flac"]) -> Callable[[Reading, Playing], bytes]:
    def render_sound(reading: Reading, playing: Playing) -> bytes:
        from songrnn.notation.sound import sound_of

        return sound_of(reading, playing, format).data

    return render_sound


_MAKERS: dict[str, Callable[[Reading, Playing], bytes]] = {
    "mid": _midi,
    "midi": _midi,  # the same under the extension's other spelling
    "wav": _sound("wav"),
    "flac": _sound("flac"),
    "svg": _svg,
}
FORMATS = ("txt", "abc", "mid", "wav", "flac", "musicxml", "svg")


def song_files(
    text: str,
    provenance: Provenance,
    formats: Sequence[str] = ("txt", "abc", "mid", "wav"),
    *,
    playing: Playing = _DEFAULT_PLAYING,
) -> SongFiles:
    """Make the files asked for; one that cannot be made is named with its reason, the rest stay.

    `txt` is exactly the text. playing: how MIDI and sound play it. Raises ConfigError for an
    unknown format or instrument.
    """
    if playing.instrument not in INSTRUMENTS:
        raise ConfigError(
            f"There is no instrument {playing.instrument!r}; choose from {', '.join(INSTRUMENTS)}."
        )
    files: dict[str, bytes] = {}
    missing: dict[str, str] = {}
    reading: Reading | None = None
    for name in formats:
        if name == "txt":
            files[name] = text.encode()
        elif name == "abc":
            files[name] = abc_with_provenance(text, provenance).encode()
        elif name == "musicxml" or name in _MAKERS:
            reading = reading or read(text)
            try:
                files[name] = (
                    _musicxml(reading, provenance)
                    if name == "musicxml"
                    else _MAKERS[name](reading, playing)
                )
            except SongRNNError as error:
                missing[name] = str(error)
        else:
            raise ConfigError(f"There is no format {name!r}; choose from {', '.join(FORMATS)}.")
    return SongFiles(files, missing)
