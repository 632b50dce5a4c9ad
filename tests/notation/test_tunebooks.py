"""`songrnn render` on a file of each tunebook: every output is what other programs expect."""

import io
import os
from pathlib import Path

import mido
import pretty_midi
import pytest
import soundfile
from click.testing import CliRunner

from songrnn.cli.render import render
from songrnn.notation.files.tune_file import TuneFile
from songrnn.notation.performance import perform
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.notation.synths import available_synths

FILES = {
    "oneills1850": "0721-0730.abc",
    "ryansMammoth": "7thRegimentReel.abc",
    "airdsAirs": "book1.abc",
    "essenFolksong": "testd.abc",
}


@pytest.fixture(params=sorted(FILES))
def tune(request: pytest.FixtureRequest) -> str:
    """The first tune of the file."""
    from music21 import corpus

    path = Path(corpus.__file__).parent / request.param / FILES[request.param]
    return TuneFile.from_bytes(path.read_bytes()).tunes[0].text


@pytest.fixture
def rendered(tune: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "data"))
    if not available_synths():
        if os.environ.get("CI"):
            pytest.fail("no synthesizer is usable here: see packages.txt")
        pytest.skip("no synthesizer is usable here: see packages.txt")
    (tmp_path / "tune.abc").write_text(tune, encoding="utf-8")
    # Played plainly: a musician's trills would add notes that are not written.
    options = ["--style=plain"]
    options += [
        f"--{kind}={tmp_path / 'out'}.{kind}" for kind in ("midi", "wav", "musicxml", "svg")
    ]
    result = CliRunner().invoke(
        render, [str(tmp_path / "tune.abc"), *options], standalone_mode=False
    )
    assert result.return_value == 0, result.output
    return tmp_path / "out"


def written_pitches(reading: Reading) -> list[int]:
    """Every pitch of the text, tied ones once, grace notes apart."""
    found: list[int] = []
    carried: set[int] = set()
    for event in reading.events:
        if event.kind == "grace":
            continue
        found += [pitch for pitch in event.pitches if pitch not in carried]
        carried = set(event.pitches) if event.tied else set()
    return found


def test_every_output_holds_the_tune(tune: str, rendered: Path) -> None:
    from music21 import converter
    from music21.chord import Chord
    from music21.note import Note

    reading = read(tune)
    played = sorted(
        pitch for note in perform(reading).notes if not note.grace for pitch in note.pitches
    )
    graces = sum(note.grace for note in perform(reading).notes)

    midi = rendered.with_suffix(".midi")
    struck = [m.note for m in mido.MidiFile(midi) if m.type == "note_on" and m.velocity]
    again = [
        n.pitch for track in pretty_midi.PrettyMIDI(str(midi)).instruments for n in track.notes
    ]
    assert sorted(struck) == sorted(again)
    assert graces or sorted(struck) == played

    samples, rate = soundfile.read(io.BytesIO(rendered.with_suffix(".wav").read_bytes()))
    assert len(samples) / rate >= perform(reading).seconds - 1

    musicxml = rendered.with_suffix(".musicxml").read_text(encoding="utf-8")
    score = converter.parseData(musicxml, format="musicxml")
    loaded = [
        note.pitch.midi
        for element in score.recurse().getElementsByClass([Note, Chord])
        if not element.duration.isGrace
        for note in (element.notes if isinstance(element, Chord) else [element])
        if note.tie is None or note.tie.type == "start"
    ]
    assert sorted(loaded) == sorted(written_pitches(reading))

    svg = rendered.with_suffix(".svg").read_text(encoding="utf-8")
    assert svg.count('class="note"') == musicxml.count("<pitch>")
