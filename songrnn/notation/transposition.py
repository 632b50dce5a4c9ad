"""What moves the notes of a voice from where they are written (ABC 2.1, 4.6 and abc2midi's %%MIDI)."""

from dataclasses import dataclass

from songrnn.notation.clefs import VoiceSettings

_MOST_SEMITONES = 48


@dataclass
class Transposition:
    """clef, octave: octaves of the clef's +8 or -8 and of octave=. field, directive: semitones of
    transpose= and of directives."""

    clef: int = 0
    octave: int = 0
    field: int = 0
    directive: int = 0

    @property
    def octaves(self) -> int:
        """By which the notes are spelled elsewhere."""
        return self.clef + self.octave

    @property
    def semitones(self) -> int:
        """By which they sound elsewhere than they are spelled."""
        return self.field + self.directive

    def set(self, settings: VoiceSettings) -> None:
        """What a K: or V: field says; what it does not mention stays."""
        if settings.clef is not None:
            self.clef = settings.clef.octave
        if settings.octave is not None:
            self.octave = settings.octave
        if settings.transpose is not None:
            self.field = settings.transpose

    def direct(self, semitones: int, *, further: bool) -> None:
        """%%MIDI transpose, or rtranspose, which goes further."""
        moved = (self.directive if further else 0) + semitones
        self.directive = max(-_MOST_SEMITONES, min(_MOST_SEMITONES, moved))
