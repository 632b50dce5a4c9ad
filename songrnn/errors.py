"""Everything that can go wrong for a person, by name.

Each message is one clear sentence: what is wrong, where, and what to do. The command line prints
it and leaves with exit code 2; the app shows it in place of the result.
"""


class SongRNNError(Exception):
    """Base of all errors whose message is meant for a person."""


class ConfigError(SongRNNError, ValueError):
    """A setting is missing, contradictory or out of range."""


class TuneFileError(SongRNNError):
    """A file holds no tunes that can be read, or a tune of it cannot be used."""


class CorpusError(SongRNNError):
    """A corpus is unknown, empty, damaged, or not the one a run was trained on."""


class UnknownCharacterError(SongRNNError, ValueError):
    """A text holds a character that a vocabulary lacks.

    `character` is that character, `position` its index in the text (code points, from 0).
    """

    def __init__(self, character: str, position: int, text: str) -> None:
        self.character = character
        self.position = position
        line = text.count("\n", 0, position) + 1
        column = position - (text.rfind("\n", 0, position) + 1) + 1
        super().__init__(
            f"The character {character!r} at line {line}, column {column} is not among those "
            "the model was trained on; remove or replace it."
        )


class RunError(SongRNNError):
    """A run cannot be used as asked."""


class RunNotFoundError(RunError):
    """No run of that name is in checkpoints/."""


class RunExistsError(RunError):
    """A run of that name is there already."""


class DamagedRunError(RunError):
    """A run folder cannot be read; the message says which file and why."""


class HistoryOnlyError(RunError):
    """A run has its history but no weights, so it can neither compose nor be inspected."""


class ReadOnlyError(SongRNNError):
    """This lab may be looked at, not changed."""


class QuotaError(SongRNNError):
    """A person has as much as each may have on this server: disk, trainings, songs."""


class StorageError(SongRNNError):
    """Something could not be written: disk full, no permission."""


class TooLargeError(SongRNNError):
    """Something is larger than its reader, or this machine, can take; the message says by how much."""


class SamplingError(SongRNNError, ValueError):
    """Temperature, top-k, top-p, min-p, length or count is out of range."""


class ScoreError(SongRNNError):
    """A tune cannot be turned into a score."""


class EngravingError(SongRNNError):
    """A score cannot be engraved; the message says why."""


class SegmentationError(SongRNNError):
    """A picture, a mask or a set of them cannot be used; the message says why."""


class NoStaffError(SegmentationError):
    """There is no staff in a picture, so there is nothing to label."""


class AudioError(SongRNNError):
    """No sound could be made: no synth, no soundfont, or the result was silent."""


class TrainingError(RunError):
    """A training cannot continue: its loss is no longer a number, or something unexpected happened."""
