"""Which accidental a note has: its own, its tie's, its bar's or its key's (ABC 2.1, 4.2 and 11.3)."""

from songrnn.notation.headers import C_MAJOR
from songrnn.notation.note_text import NoteText
from songrnn.notation.reading import Key
from songrnn.notation.tables import LETTERS, NATURAL_SEMITONES

Step = tuple[str, float, int]  # letter, accidental in semitones, octave
_HIGHEST = 127


class Accidentals:
    """What is in force at a moment of one voice.

    octave: added to what is written (octave= and the clef's +8 or -8). semitones: added to what
    sounds (transpose=). reach: whether an accidental reaches further than its own note, and
    by_octave: whether no further than its own octave.
    """

    __slots__ = ("_of_bar", "_of_key", "by_octave", "octave", "reach", "semitones")

    def __init__(self) -> None:
        self.octave = 0
        self.semitones = 0
        self.reach = True
        self.by_octave = False
        self._of_bar: dict[object, float] = {}
        self._of_key: dict[str, float] = {}
        self.change_key(C_MAJOR)

    def copy(self) -> "Accidentals":
        """The same for another voice, none of them written in its bar yet."""
        other = Accidentals()
        other.octave, other.semitones = self.octave, self.semitones
        other.reach, other.by_octave = self.reach, self.by_octave
        other._of_key = dict(self._of_key)
        return other

    def change_key(self, key: Key) -> None:
        """Another signature: accidentals written before are over."""
        self._of_key = dict(zip(LETTERS, key.alterations, strict=True))
        self._of_bar.clear()

    def barline(self) -> None:
        self._of_bar.clear()

    def propagate(self, how: str) -> None:
        """%%propagate-accidentals not | octave | pitch."""
        self.reach = how != "not"
        self.by_octave = how == "octave"

    def sound(self, note: NoteText, tied: tuple[Step, ...]) -> tuple[Step, int]:
        """A note's spelling and MIDI pitch, that of a quarter tone the one nearer to its letter.

        tied: the notes that a tie carries on to it.
        """
        letter, octave = note.letter, note.octave + self.octave
        where: object = (letter, octave) if self.by_octave else letter
        accidental = note.accidental
        if accidental is None:
            for name, altered, tied_octave in tied:  # a tied note keeps its pitch over the barline
                if name == letter and tied_octave == octave:
                    accidental = altered
                    break
            else:
                accidental = self._of_bar.get(where)
                if accidental is None:
                    accidental = self._of_key[letter]
        elif self.reach:
            self._of_bar[where] = accidental
        pitch = 12 * (octave + 1) + NATURAL_SEMITONES[letter] + int(accidental) + self.semitones
        # MIDI ends at 0 and 127: what lies beyond is moved by octaves.
        while pitch > _HIGHEST:
            pitch, octave = pitch - 12, octave - 1
        while pitch < 0:
            pitch, octave = pitch + 12, octave + 1
        return (letter, accidental, octave), pitch
