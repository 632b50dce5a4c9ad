"""Whether a song is new: what it shares with the tunes the model learned from.

Two suffix arrays over all training tunes answer for every place of a song how long a piece from
there on occurs in some training tune: one over characters, one over steps of the melody, in which
a tune and its transposition are alike.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from songrnn.disk import replace_file
from songrnn.errors import StorageError
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.store.arrays import ArrayFile, open_arrays

# Pieces counted as seen or new: this many notes, this many characters.
NOTES = 8
CHARACTERS = 20
# Notes in a row that make one vote for a tune being the nearest.
VOTE = 6
_FORMAT = 1
# Ids of tunes: texts of up to so many characters.
_ID_TYPES = [f"U{length}" for length in range(1, 65)]
# Bytes; that of 50,000 tunes has 150 MB.
_LARGEST_FILE = 1 << 30
# What of a _Text is kept in the file.
_ARRAYS = ("symbols", "suffixes", "starts")

MEANINGS = {
    "longest_notes": "Most notes in a row that some training tune has too, in whatever key.",
    "longest_characters": "Most characters in a row of the body that some training tune has too.",
    "seen_notes": f"Share of the song's runs of {NOTES} notes that occur in training tunes, in any "
    "key.",
    "seen_characters": f"Share of the runs of {CHARACTERS} characters of the body that occur in "
    "training tunes.",
    "nearest_share": f"Share of the song's runs of {VOTE} notes that the nearest training tune has.",
}


class HasText(Protocol):
    """What the index needs of a tune."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class Novelty:
    """The figures of `MEANINGS`; spans are characters of the song and of the tune named.

    nearest: id of the training tune with the most of the song's runs of notes, None without one.
    copied: spans of the song whose runs of VOTE notes the nearest tune has; source: where there.
    """

    longest_notes: int
    longest_notes_span: tuple[int, int] | None
    longest_notes_tune: str | None
    longest_characters: int
    longest_characters_span: tuple[int, int] | None
    longest_characters_tune: str | None
    seen_notes: float | None
    seen_characters: float | None
    nearest: str | None
    nearest_share: float
    copied: tuple[tuple[int, int], ...]
    source: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Text:
    """Symbols of all tunes, 0 between them, with their suffix array. owners: tune of a place."""

    symbols: NDArray[np.uint16]
    suffixes: NDArray[np.int32]
    starts: NDArray[np.int64]

    @cached_property
    def ordered(self) -> bytes:
        """The symbols as two bytes each, high one first: bytes then compare as symbols do."""
        return self.symbols.astype(">u2").tobytes()

    def owner(self, place: int) -> int:
        return int(np.searchsorted(self.starts, place, side="right")) - 1


def _text_of(found: ArrayFile, which: str, tunes: int) -> _Text:
    """One text of a kept index. Raises ValueError when its places lie outside of it."""
    symbols = found.read(f"{which}_symbols", dtypes=["u2"], shape=[None])
    suffixes = found.read(f"{which}_suffixes", dtypes=["i4"], shape=[len(symbols)])
    starts = found.read(f"{which}_starts", dtypes=["i8"], shape=[tunes])
    for places in (suffixes, starts):
        if len(places) and (places.min() < 0 or places.max() > len(symbols)):
            raise ValueError(f"places of {which} outside of the text")
    return _Text(symbols, suffixes, starts)


class Index:
    """What the training tunes say, ready to be asked. Read-only and shared between threads."""

    def __init__(self, ids: Sequence[str], melodies: _Text, characters: _Text) -> None:
        self.ids = tuple(ids)
        self._melodies, self._characters = melodies, characters

    @property
    def nbytes(self) -> int:
        """Bytes that it takes, about: its arrays, the symbols once more as they are compared, ids."""
        texts = (self._melodies, self._characters)
        arrays = sum(2 * each.symbols.nbytes + each.suffixes.nbytes for each in texts)
        return arrays + sum(each.starts.nbytes for each in texts) + 64 * len(self.ids)

    @classmethod
    def build(cls, tunes: Sequence[HasText]) -> "Index":
        """Read all tunes (about two milliseconds each) and sort their places."""
        melodies, characters = [], []
        for tune in tunes:  # one reading at a time: all of them together take hundreds of megabytes
            reading = read(tune.text)
            melodies.append(_steps(reading)[0])
            characters.append(_codes(reading.text[reading.body :]))
        return cls([tune.id for tune in tunes], _joined(melodies), _joined(characters))

    def write(self, path: Path) -> None:
        """Keep the index in a file, to be read instead of built."""
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        np.savez(
            buffer,
            format=np.array(_FORMAT),
            ids=np.array(self.ids),
            **{f"melody_{name}": getattr(self._melodies, name) for name in _ARRAYS},
            **{f"character_{name}": getattr(self._characters, name) for name in _ARRAYS},
        )
        replace_file(path, buffer.getvalue(), durable=False, most=_LARGEST_FILE)

    @classmethod
    def read(cls, path: Path) -> "Index":
        """An index written before. Raises OSError, ValueError or KeyError when it is no use."""
        with open_arrays(path, most=_LARGEST_FILE) as found:
            if int(found.read("format", dtypes=["i8"], shape=[])) != _FORMAT:
                raise ValueError("another format")
            ids = found.read("ids", dtypes=_ID_TYPES, shape=[None])
            return cls(
                [str(id) for id in ids],
                _text_of(found, "melody", len(ids)),
                _text_of(found, "character", len(ids)),
            )

    @classmethod
    def kept(cls, path: Path, tunes: Sequence[HasText]) -> "Index":
        """The index in the file; built and written there when it is not, or cannot be read."""
        try:
            return cls.read(path)
        except (OSError, ValueError, KeyError, BadZipFile):
            index = cls.build(tunes)
        with contextlib.suppress(OSError, StorageError):  # it is a convenience, not worth an error
            index.write(path)
        return index

    def look_up(self, song: str | Reading) -> Novelty:
        """What a song shares with the tunes of the index."""
        reading = read(song) if isinstance(song, str) else song
        steps, spans = _steps(reading)
        lengths, places = _matches(self._melodies, steps)
        codes = _codes(reading.text[reading.body :])
        runs, sites = _matches(self._characters, codes)
        best = int(lengths.argmax()) if lengths.size else 0
        most = int(runs.argmax()) if runs.size else 0
        notes = int(lengths[best]) + 1 if lengths.size and lengths[best] else 0
        letters = int(runs[most]) if runs.size else 0
        nearest, share, shared = self._nearest(steps, lengths)
        return Novelty(
            longest_notes=notes,
            longest_notes_span=(spans[best][0], spans[best + notes - 1][1]) if notes else None,
            longest_notes_tune=self.ids[self._melodies.owner(int(places[best]))] if notes else None,
            longest_characters=letters,
            longest_characters_span=(reading.body + most, reading.body + most + letters)
            if letters
            else None,
            longest_characters_tune=self.ids[self._characters.owner(int(sites[most]))]
            if letters
            else None,
            seen_notes=_share(lengths, NOTES - 1),
            seen_characters=_share(runs, CHARACTERS),
            nearest=nearest,
            nearest_share=share,
            copied=_merged([(spans[i][0], spans[i + VOTE - 1][1]) for i in shared]),
            source=(),
        )

    def longest_notes(self, song: str | Reading) -> int:
        """That figure of `look_up` alone, in a fifth of the time."""
        reading = read(song) if isinstance(song, str) else song
        longest = int(_matches(self._melodies, _steps(reading)[0])[0].max(initial=0))
        return longest + 1 if longest else 0

    def marked(self, novelty: Novelty, song: str, tune: HasText) -> Novelty:
        """The same with `source`: the spans of the nearest tune that the song has copied."""
        own, _ = _steps(read(song))
        theirs, spans = _steps(read(tune.text))
        pieces = {own[i : i + VOTE - 1].tobytes() for i in range(len(own) - VOTE + 2)}
        found = [
            (spans[i][0], spans[i + VOTE - 1][1])
            for i in range(len(theirs) - VOTE + 2)
            if theirs[i : i + VOTE - 1].tobytes() in pieces
        ]
        return Novelty(**{**vars(novelty), "source": _merged(found)})

    def _nearest(
        self, steps: NDArray[np.uint16], lengths: NDArray[np.int64]
    ) -> tuple[str | None, float, list[int]]:
        """(tune, share of the song's runs of VOTE notes that it has, where they begin)."""
        width = VOTE - 1
        pieces: dict[bytes, list[int]] = {}
        for place in range(len(steps) - width + 1):
            pieces.setdefault(steps[place : place + width].tobytes(), []).append(place)
        votes = np.zeros(len(self.ids), np.int64)
        holders: dict[bytes, NDArray[np.int64]] = {}
        for piece, at in pieces.items():
            if lengths[at[0]] < width:
                continue
            low, high = _range(self._melodies, steps[at[0] : at[0] + width])
            sites = self._melodies.suffixes[low:high]
            tunes = np.unique(np.searchsorted(self._melodies.starts, sites, side="right") - 1)
            holders[piece] = tunes
            votes[tunes] += 1
        if not votes.any():
            return None, 0.0, []
        winner = int(votes.argmax())
        shared = sorted(
            place for piece, tunes in holders.items() if winner in tunes for place in pieces[piece]
        )
        return self.ids[winner], float(votes[winner] / len(pieces)), shared


def _steps(reading: Reading) -> tuple[NDArray[np.uint16], list[tuple[int, int]]]:
    """(steps (n − 1,), spans of the n notes): semitones between neighbours, never 0 as a symbol."""
    notes = [event for event in reading.events if event.pitches and event.kind != "grace"]
    pitches = np.array([event.pitches[-1] for event in notes], np.int64)
    return (np.diff(pitches) + 1000).astype(np.uint16), [event.span for event in notes]


def _codes(text: str) -> NDArray[np.uint16]:
    """Characters as symbols; those beyond 16 bits share one that no tune of a corpus has."""
    return np.minimum(np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32), 65_535).astype(
        np.uint16
    )


def _joined(texts: Sequence[NDArray[np.uint16]]) -> _Text:
    gap = np.zeros(1, np.uint16)
    symbols = np.concatenate([part for text in texts for part in (text, gap)] or [gap])
    starts = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
    return _Text(symbols, suffix_array(symbols), starts)


def suffix_array(symbols: NDArray[np.uint16]) -> NDArray[np.int32]:
    """The starts of all suffixes in the order of what follows (Manber and Myers 1993)."""
    n = len(symbols)
    rank = np.unique(symbols, return_inverse=True)[1].astype(np.int64)
    width = 1
    while True:
        second = np.full(n, -1, np.int64)
        second[: n - width] = rank[width:]
        keys = rank * (n + 1) + second + 1
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        fresh = np.concatenate([[0], np.cumsum(ordered[1:] != ordered[:-1])])
        rank = np.empty(n, np.int64)
        rank[order] = fresh
        width *= 2
        if fresh[-1] == n - 1 or width >= n:
            return order.astype(np.int32)


def _matches(text: _Text, query: NDArray[np.uint16]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each place of the query the longest piece from there in the text, and where it is."""
    lengths, places = np.zeros(len(query), np.int64), np.zeros(len(query), np.int64)
    previous = 0
    for at in range(len(query)):
        # What follows a match of length L matches at least L − 1 from the next place on.
        low = _bound(text, query[at:], after=False)
        best, site = max(
            (_common(text, query, at, place), place)
            for place in {max(low - 1, 0), min(low, len(text.suffixes) - 1)}
        )
        lengths[at], places[at] = best, text.suffixes[site]
        if previous - 1 > best:
            lengths[at], places[at] = previous - 1, places[at - 1] + 1
        previous = int(lengths[at])
    return lengths, places


def _common(text: _Text, query: NDArray[np.uint16], at: int, place: int) -> int:
    """How many symbols the suffix at `place` of the array has in common with the query."""
    start = int(text.suffixes[place])
    own, theirs = query[at:], text.symbols[start : start + len(query) - at]
    differ = np.flatnonzero(own[: len(theirs)] != theirs)
    return int(differ[0]) if differ.size else len(theirs)


def _range(text: _Text, piece: NDArray[np.uint16]) -> tuple[int, int]:
    """(low, high) in the array of the suffixes that begin with the piece."""
    return _bound(text, piece, after=False), _bound(text, piece, after=True)


def _bound(text: _Text, piece: NDArray[np.uint16], *, after: bool) -> int:
    """How many suffixes come before the piece; with `after`, those that begin with it too."""
    wanted = piece.astype(">u2").tobytes()
    symbols, suffixes, width = text.ordered, text.suffixes, len(wanted)
    low, high = 0, len(suffixes)
    while low < high:
        middle = (low + high) // 2
        start = 2 * int(suffixes[middle])
        found = symbols[start : start + width]
        if found < wanted or (after and found == wanted):
            low = middle + 1
        else:
            high = middle
    return low


def _share(lengths: NDArray[np.int64], width: int) -> float | None:
    count = len(lengths) - width + 1
    return float((lengths[:count] >= width).mean()) if count > 0 else None


def _merged(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans that touch or overlap, as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
