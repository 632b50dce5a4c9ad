"""A Reading -> music21 Score -> MusicXML; and MIDI, as it is played.

The score is written out to the last beam and accidental here, so that music21 has nothing to
guess: what the text says is what is engraved. Every note's id is `n<start>-<end>-<k>`, the
characters that made it, k counting the notes that one event is written with.
"""

from typing import TYPE_CHECKING

from songrnn.errors import ScoreError
from songrnn.notation import limits
from songrnn.notation.midi import to_midi
from songrnn.notation.reading import Reading
from songrnn.notation.staff.page_words import add_page_words
from songrnn.notation.staff.part import PartWriter
from songrnn.notation.staff.words import printable

if TYPE_CHECKING:
    from music21.stream import Score

__all__ = ["to_midi", "to_musicxml", "to_score"]

# What music21 writes for a score without a composer.
_NOBODY = '    <creator type="composer">Music21</creator>\n'


def to_musicxml(reading: Reading, *, composer: str = "") -> str:
    """The tune as MusicXML. Raises ScoreError with the reason when it cannot be notated.

    composer: who is named where the tune's own C: field names nobody; no one when left out.
    """
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    try:
        score = to_score(reading)
        if composer and not score.metadata.composer:
            score.metadata.composer = printable(composer)
        exporter = GeneralObjectExporter(score)
        exporter.makeNotation = False
        written: bytes = exporter.parse()
    except ScoreError:
        raise
    except Exception as error:  # music21 has errors of many kinds; the tune may be any
        raise ScoreError(f"music21 cannot write this tune as MusicXML ({error}).") from error
    return written.decode("utf-8").replace(_NOBODY, "", 1)


def to_score(reading: Reading) -> "Score":
    """The tune as a music21 Score, a part for each voice, as written (repeats are signs), with its
    title, composer and rhythm, and the words of W: below it.

    Raises ScoreError when it has no notes, far too many, or a length no note values make up.
    """
    events = [event for voice in reading.all_voices for event in voice.events]
    if not any(event.pitches for event in events):
        raise ScoreError("There are no notes to put on a staff; write some after the K: line.")
    written = sum(max(len(event.pitches), 1) for event in events)
    if written > limits.MOST_WRITTEN:
        raise ScoreError(
            f"The tune has {written:,} notes and rests; the limit for a staff is "
            f"{limits.MOST_WRITTEN:,}."
        )
    # Loading music21 takes a second; it happens with the first tune that is wanted.
    import music21

    score = music21.stream.Score()
    score.metadata = music21.metadata.Metadata()
    score.metadata.title = printable(reading.header.get("T", "")) or "Untitled"
    if composer := printable(reading.header.get("C", "")):
        score.metadata.composer = composer
    add_page_words(music21, score, reading)
    staves = enumerate(_staves(reading), start=1)
    writers = [PartWriter(layers, music21, number) for number, layers in staves]
    # Bars of several staves that stand above each other have one number, or all have theirs.
    first, *others = [writer.counts() for writer in writers]
    agreed = first if all(counts == first for counts in others) else None
    for writer in writers:
        score.insert(0, writer.part(agreed))
    return score


def _staves(reading: Reading) -> list[list[Reading]]:
    """The voices, each with its overlays, which share its staff."""
    staves: list[list[Reading]] = []
    for voice in reading.all_voices:
        if voice.layer and staves:
            staves[-1].append(voice)
        else:
            staves.append([voice])
    return staves
