"""abc2midi as an independent oracle: both sides get the same cleaned text, notes are compared.

Notes are (onset, duration, pitch) in ticks, 480 a quarter note, repeats unrolled. abc2midi writes
onsets a tick late and notes up to two ticks short. It swings hornpipes (R:), plays grace notes and
decorations its own way, and arpeggiates chords unless told not to: hence the cleaning.
"""

import re
import shutil
import subprocess
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import mido

from songrnn.notation.order import Segment, order_of, parts_of, segments
from songrnn.notation.performance import perform
from songrnn.notation.reader import read
from songrnn.notation.reading import Kind, Reading

TICKS = 480
TOLERANCE = 3
Notes = list[tuple[int, int, int]]
BINARY = shutil.which("abc2midi")

_DROPPED = (Kind.CHORD_SYMBOL, Kind.ANNOTATION, Kind.DECORATION, Kind.COMMENT)
_KEPT_FIELDS = "XMLKV"


def cleaned(text: str, *, chord_symbols: bool = False) -> str:
    """The text without R:, quotes, decorations and graces, and with chords struck at once.

    chord_symbols: whether those stay, and the directives on how they are heard.
    """
    reading = read(text)
    stay = (Kind.CHORD_SYMBOL, Kind.COMMENT) if chord_symbols else ()
    keep = [kind not in _DROPPED or kind in stay for kind in reading.kinds]
    for match in re.finditer(r"\{[^}\n]*\}?", text):
        if reading.kinds[match.start()] == Kind.GRACE:
            keep[match.start() : match.end()] = [False] * len(match[0])
    for field in reading.fields:
        start, end = field.span
        if field.name not in _KEPT_FIELDS and not field.inline:
            keep[start : end + 1] = [False] * (min(end + 1, len(text)) - start)
        else:
            keep[start:end] = [True] * (end - start)
    kept = "".join(c for c, stays in zip(text, keep, strict=True) if stays)
    kept = "\n".join(line for line in kept.split("\n") if line.strip())
    return re.sub(r"^K:", "%%MIDI chordattack 0\nK:", kept, count=1, flags=re.M) + "\n"


@dataclass(frozen=True)
class Verdict:
    """What abc2midi made of a text: its log and its notes, None when it wrote no file.

    tracks: the notes of each track that has some: its voices in their order.
    """

    log: str
    notes: Notes | None
    tracks: tuple[Notes, ...] = ()

    @property
    def complains(self) -> bool:
        return self.notes is None or "Error" in self.log


def played_by_abc2midi(text: str, folder: Path) -> Verdict:
    source, target = folder / "tune.abc", folder / "tune.mid"
    target.unlink(missing_ok=True)
    source.write_text(text, encoding="utf-8")
    result = subprocess.run(
        [BINARY or "abc2midi", str(source), "-o", str(target)],
        capture_output=True,
        timeout=20,
        check=False,
    )
    log = result.stdout.decode("latin-1")
    if not target.exists():
        return Verdict(log, None)
    tracks = _midi_tracks(target)
    return Verdict(log, [note for track in tracks for note in track], tracks)


def accompanied_by_abc2midi(text: str, folder: Path) -> tuple[str, Notes]:
    """abc2midi's log, and the notes of its track of chords."""
    verdict = played_by_abc2midi(text, folder)
    if verdict.notes is None:
        return verdict.log, []
    tracks = _midi_tracks(folder / "tune.mid", only="gchord track")
    return verdict.log, [note for track in tracks for note in track]


def _midi_tracks(path: Path, only: str = "") -> tuple[Notes, ...]:
    """The notes of tracks; only: of those that have this text in them."""
    tracks: list[Notes] = []
    for track in mido.MidiFile(path).tracks:
        if only and not any(event.type == "text" and event.text == only for event in track):
            continue
        notes: Notes = []
        now = 0
        sounding: dict[int, list[int]] = {}
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                sounding.setdefault(message.note, []).append(now)
            elif message.type in ("note_on", "note_off") and sounding.get(message.note):
                start = sounding[message.note].pop(0)
                notes.append((start, now - start, message.note))
        if notes:
            tracks.append(notes)
    return tuple(tracks)


def played_by_us(reading: Reading) -> Notes:
    return [
        (round(note.onset_quarters * TICKS), round(note.duration_quarters * TICKS), pitch)
        for note in perform(reading).notes
        if not note.grace
        for pitch in note.pitches
    ]


def identical(ours: Notes, theirs: Notes) -> bool:
    """Whether every note has its counterpart within the tolerance."""

    def order(note: tuple[int, int, int]) -> tuple[int, int]:
        return note[2], note[0]

    return len(ours) == len(theirs) and all(
        a[2] == b[2] and abs(a[0] - b[0]) <= TOLERANCE and abs(a[1] - b[1]) <= TOLERANCE
        for a, b in zip(sorted(ours, key=order), sorted(theirs, key=order), strict=True)
    )


def assumes_silently(reading: Reading) -> bool:
    """Whether a repeat after numbered endings lacks its |:.

    There abc2midi goes back to the |: before those endings, without a word; section 4.8 of the
    standard goes back to the double bar after them.
    """
    ended = inside = False
    for barline in reading.barlines:
        if ended and not inside and (barline.ends_repeat or barline.endings):
            if not barline.starts_repeat:
                return True
            ended = False
        if barline.ends_repeat or barline.starts_repeat or barline.final:
            inside = False
            ended = ended and not barline.starts_repeat
        if barline.endings:
            inside = True
            ended = ended or max(barline.endings) > 1
    return False


def as_understood(reading: Reading) -> str:
    """The text with what the reader supplies, where ABC 2.1 says what, written into it.

    A |: wherever it goes back without one, none where a :| closes the last ending (4.8 to 4.10),
    and the time that (5, (7 and (9 take (4.13).
    """
    edits: dict[tuple[int, int], str] = {}
    for voice in reading.all_voices:
        parts = segments(voice)
        for part in parts_of(voice, parts):
            _write_repeats(parts[part.first : part.last], edits)
        for match in re.finditer(r"\(([579])(?![:0-9])", reading.text):
            place = bisect_left(voice.events, match.end(), key=lambda event: event.span[0])
            tuplet = voice.events[place].tuplet if place < len(voice.events) else None
            if reading.kinds[match.start()] == Kind.TUPLET and tuplet is not None:
                edits[match.span()] = f"({tuplet[0]}:{tuplet[1]}"
    text = reading.text
    for start, end in sorted(edits, reverse=True):
        text = text[:start] + edits[start, end] + text[end:]
    return text


def _write_repeats(parts: tuple[Segment, ...], edits: dict[tuple[int, int], str]) -> None:
    order = order_of(parts)
    back = {(before, index) for before, index in pairwise(order) if index <= before}
    for _, index in back:
        opening = parts[index].opening
        if index and opening is not None and not opening.starts_repeat:
            edits[opening.span] = "::" if opening.ends_repeat else "|| |:"
    again = {before for before, _ in back}
    for index, part in enumerate(parts):
        closing = part.closing
        if closing is None:
            continue
        written = edits.get(closing.span)
        starts = closing.starts_repeat or written is not None
        if closing.ends_repeat and index not in again:
            edits[closing.span] = "|| |:" if starts else "||"
        elif closing.text == "||:":
            edits[closing.span] = "|| |:"


# What abc2midi logs as an Error, and what is behind it.
_LOGGED = {
    "Cannot apply broken rhythm": "broken rhythm of unequal notes, undefined by section 4.4",
    "Could not find note to be tied": "tie to another pitch",
    "before |:": "repeats and endings that do not pair up",
    "another |:": "repeats and endings that do not pair up",
    "Missing :|": "repeats and endings that do not pair up",
    "Unknown mode": "K: that is no key",
    "Chord already finished": "brackets that do not pair up",
}


def cause(reading: Reading, verdict: Verdict) -> str:
    """Why the two may differ, the likeliest first; "none" when there is no reason to."""
    text = reading.text
    if verdict.notes is None:
        return "abc2midi wrote nothing"
    if re.search(r"(^V:|\[V:)", text, re.M) and len(set(re.findall(r"V: *(\S+?)[\s\]]", text))) > 1:
        return "several voices, of which we read the first"
    if any("Malformed" in line or "in middle of line" in line for line in verdict.log.split("\n")):
        return "text that abc2midi reads as notes"
    if "Ignoring text" in verdict.log:
        return "a line in the header that is no field"
    for words, name in _LOGGED.items():
        if words in verdict.log:
            return name
    if assumes_silently(reading):
        return "repeat after endings without |:"
    if (
        re.search(r"\([579]", text)
        and reading.meter.numerator % 3 == 0
        and not reading.meter.compound
    ):
        return "(5, (7 or (9 in 3/4 and 3/8, which abc2midi takes for compound"
    if any(event.kind == "chord" and event.tied for event in reading.events):
        return "tied chord"
    if any("||:" in b.text or "::|" in b.text or "|::" in b.text for b in reading.barlines):
        return "barline of many signs, such as ||:"
    if "Error" in verdict.log:
        return "error in the tune"
    if reading.barlines[-1:] and reading.barlines[-1].ends_repeat and _ends_in_ending(reading):
        return ":| after the last ending, from where abc2midi goes back once more"
    return "none"


def _ends_in_ending(reading: Reading) -> bool:
    """Whether the last section of a tune closes with its second ending."""
    for barline in reversed(reading.barlines[:-1]):
        if barline.endings:
            return max(barline.endings) > 1
        if barline.ends_repeat or barline.starts_repeat:
            return False
    return False
