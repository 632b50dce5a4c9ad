"""A temperature study on disk: temperature.json in a run's folder, with what its figures mean."""

from pathlib import Path
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from songrnn.disk import read_bytes, replace_file
from songrnn.errors import DamagedRunError
from songrnn.quality.form import MEANINGS as FORM
from songrnn.quality.traits import meaning
from songrnn.statistics import Interval

FILE = "temperature.json"

MEANINGS = {
    "well_formed": "Share of songs with at least 8 bars, all of them complete, no errors, that ended "
    "by themselves.",
    "valid": "The same as studies before said it: a full bar before a pickup counted as too long, "
    "and a character unknown to music as an error.",
    "told_apart": "How well a classifier tells songs from real validation tunes by some hundred "
    "musical traits: the area under its ROC curve, 0.5 for a guess, 1 for no doubt ever. The line is "
    "the control, real test tunes against real validation tunes.",
    "repeated_bars": "Share of the bars of a song that an earlier one of its bars says; mean over "
    "songs.",
    "ends_on_tonic": "Share of songs whose last note is the tonic.",
    **FORM,
    "right_bars": "Share of the bars of a song that are as long as the meter says; mean over songs.",
    "ended": "Share of songs that the model ended by itself.",
    "in_key": "Share of a song's notes in the scale of its key; mean over songs.",
    "seen_notes": "Share of a song's runs of 8 notes that occur in training tunes, in any key; "
    "mean over songs.",
    "longest_notes": "Longest run of notes that a song shares with a training tune; mean over "
    "songs.",
    "different": "Share of songs that are unlike every other one of the set, character for "
    "character; with one song there is none, and no interval since songs are counted in pairs.",
    "divergence": "Jensen-Shannon divergence from real held-out tunes in bits, mean of pitch "
    "classes, intervals, durations and bar rhythms; chance differences of finite sets taken off.",
    "overlap": "Share of what songs are made of that real held-out tunes have in the same "
    "proportion, mean of the same four; chance differences taken off.",
    "characters": "Length of a song in characters; mean over songs.",
}


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Figure(_Document):
    """An estimate with its 95 % interval (None where n allows none)."""

    estimate: float
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of(cls, interval: Interval) -> "Figure":
        """From an interval."""
        ends = [end if np.isfinite(end) else None for end in (interval.low, interval.high)]
        return cls(estimate=interval.estimate, low=ends[0], high=ends[1], n=interval.n)


class Trait(_Document):
    """A musical trait that tells songs from real tunes; see `songrnn.quality.two_sample.Giveaway`."""

    name: str
    auc: float = Field(ge=0.5, le=1)
    songs: float | None
    real: float | None

    @property
    def meaning(self) -> str:
        """What it counts, in a sentence."""
        return meaning(self.name)


class Row(_Document):
    """Figures of the songs at one temperature; temperature None: of real held-out tunes.

    giveaways: the traits that give the songs away, the most telling first; a few of them.
    """

    temperature: float | None = Field(ge=0, le=100)
    songs: int = Field(ge=0)
    figures: dict[str, Figure]
    giveaways: tuple[Trait, ...] = ()


class TemperatureStudy(_Document):
    """temperature.json of a run.

    kin: how many of the real tunes are kin of tunes that the run, or a run it was fine-tuned from,
    learned from; without_kin: the row of the others, None where there are no kin.
    """

    format_version: Literal[1] = 1
    run: str
    corpus: str
    songs: int
    seed: int
    limit: int
    whole_bars: bool
    recall: float = 0.0
    rows: tuple[Row, ...]
    suggested: float | None
    reason: str
    kin: int = Field(default=0, ge=0)
    without_kin: Row | None = None

    @property
    def named_rows(self) -> list[tuple[str, Row]]:
        """The rows with what stands in front of each in a table."""
        rows = [
            ("real tunes" if row.temperature is None else f"{row.temperature:g}", row)
            for row in self.rows
        ]
        return [*rows, *([("without kin", self.without_kin)] if self.without_kin else [])]

    @model_validator(mode="after")
    def _ends_with_real_tunes(self) -> Self:
        if [row.temperature is None for row in self.rows].count(True) != 1 or (
            self.rows[-1].temperature is not None
        ):
            raise ValueError("the last row, and only that, must be of real tunes")
        return self

    def write(self, folder: Path) -> None:
        """Replace the study in the run's folder. Raises StorageError."""
        replace_file(folder / FILE, self.model_dump_json(indent=1).encode() + b"\n")

    @classmethod
    def read(cls, folder: Path) -> "TemperatureStudy | None":
        """The study of a run; None when there is none. Raises DamagedRunError."""
        try:
            return cls.model_validate_json(read_bytes(folder / FILE))
        except FileNotFoundError:
            return None
        except (ValueError, OSError) as error:
            raise DamagedRunError(
                f"{folder / FILE} cannot be read; make it again with songrnn study-temperature."
            ) from error
