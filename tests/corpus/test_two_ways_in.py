"""What is rendered and what is imported have the same notes: small inputs that went wrong somewhere.

Notes are (MIDI number, duration in quarter notes), repeats played; each file is given as it would
lie on a disk.
"""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.cli.render import render
from songrnn.corpus.cleaning import clean
from songrnn.corpus.importing import import_tunes
from songrnn.corpus.sources import music21_corpus
from songrnn.corpus.written_out import notes_of
from songrnn.errors import CorpusError
from songrnn.notation.files.tune_file import TuneFile
from songrnn.notation.reader import read

HEAD = "X:1\nT:A tune\nM:4/4\nL:1/4\n"


def tune(body: str, *, key: str = "C", more: str = "") -> str:
    return f"{HEAD}{more}K:{key}\n{body}\n"


def sounded(text: str) -> list[tuple[int, Fraction]]:
    return [(pitch, duration) for _, duration, pitches in notes_of(read(text)) for pitch in pitches]


def quarters(*pitches: int) -> list[tuple[int, Fraction]]:
    return [(pitch, Fraction(1)) for pitch in pitches]


SMALL = {
    "typeset text in the body": (
        tune("CD|\n%%begintext\nBad egg\n%%endtext\nEF|"),
        quarters(60, 62, 64, 65),
    ),
    "parts in the order of the header": (
        tune("P:A\nCD|\nP:B\nEF|", more="P:ABA\n"),
        quarters(60, 62, 64, 65, 60, 62),
    ),
    "a tie of one note of a chord": (
        tune("[C-E]2 [CE]2|"),
        [(60, Fraction(4)), (64, Fraction(2)), (64, Fraction(2))],
    ),
    "parts whose repeats end in ::": (
        tune("P:A\nCD::\nP:B\n[K:G]FA|]", more="P:ABA\n"),
        quarters(60, 62, 60, 62, 66, 69, 60, 62, 60, 62),
    ),
    "a tuplet of ten": (
        tune("(10:8:10C/2D/2E/2F/2G/2A/2B/2c/2d/2e/2|"),
        [(p, Fraction(2, 5)) for p in (60, 62, 64, 65, 67, 69, 71, 72, 74, 76)],
    ),
    "a tuplet of one": (tune("(1:2:1c|"), [(72, Fraction(2))]),
    "voices opened in another order than declared": (
        tune("[V:2]EF|\n[V:1]GA|", more="V:1\nV:2\n"),
        quarters(67, 69),
    ),
    "voices in lines": (tune("V:2\nEF|\nV:1\nGA|", more="V:1\nV:2\n"), quarters(67, 69)),
    "a second layer of a bar": (tune("CD & EF | GA|"), quarters(60, 62, 67, 69)),
    "fields of another voice": (
        tune("V:1\nCF|\nV:2\nK:D\nL:1/8\nFF|\nV:1\nCF|", more="V:1\nV:2\n"),
        quarters(60, 65, 60, 65),
    ),
    "symbols of its own": (tune("oC oD|", more="U:o=!open!\n"), quarters(60, 62)),
    "a file header": (
        "M:3/4\nL:1/4\n\nX:1\nT:a\nK:C\nCDE|\n",
        quarters(60, 62, 64),
    ),
    "accidentals that do not last": (
        tune("=F F|", key="D", more="%%propagate-accidentals not\n"),
        quarters(65, 66),
    ),
    "accidentals that do not last, by I:": (
        tune("=F F|", key="D", more="I:propagate-accidentals not\n"),
        quarters(65, 66),
    ),
    "a transposing directive": (tune("CD|", more="%%MIDI transpose 2\n"), quarters(62, 64)),
    "a transposing voice": (tune("V:1\nCD|", more="V:1 octave=-1\n"), quarters(48, 50)),
    "an indented file": (
        "".join(f"   {line}\n" for line in tune("CDE|").splitlines()),
        quarters(60, 62, 64),
    ),
    "a header line that is no field": (
        tune("CD|", more="3/8=120\nN bars 13 and 21 are |f2ed|\nH:A long story\nabout a deed\n"),
        quarters(60, 62),
    ),
    "a background field in the body": (tune("CD|\nC:Trad\nEF|"), quarters(60, 62, 64, 65)),
    "music like a field": (tune("CD|\nB:|"), quarters(60, 62, 71, 60, 62, 71)),
    "a flat of unicode in the key": (tune("BE|", key="B♭"), quarters(70, 63)),
    "a broken rhythm of grace notes": (tune("{a>b}AC|"), quarters(69, 60)),
    "rests of several bars": (
        tune("CD|Z3|EF|").replace("M:4/4", "M:2/4"),
        quarters(60, 62, 64, 65),
    ),
    "layers over several bars": (tune("(& CD|EF & GA|Bc &)|C|"), quarters(60, 62, 64, 65, 60)),
    "a voice whose parts are named in another": (
        tune("P:A\n[V:1]C|\n[V:2]E|\nP:B\n[V:2]F|\n[V:1]D|", more="P:BA\nV:1\nV:2\n"),
        quarters(62, 60),
    ),
    "quarter tones": (tune("^/C C|_3/2D|"), quarters(60, 60, 61)),
    "an ending after a continued line": (
        tune("|:C|\\\n1 D:|2 E|"),
        quarters(60, 62, 60, 64),
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_small_inputs_sound_alike_rendered_and_imported(name: str) -> None:
    text, expected = SMALL[name]
    (opened,) = TuneFile.from_bytes(text.encode()).tunes
    assert sounded(opened.text) == expected
    assert sounded(clean(opened.text).text) == expected


def test_quarter_tones_stay_what_they_are() -> None:
    imported = read(clean(tune("^/C C|_3/2D|")).text)
    assert [event.steps[0][1] for event in imported.events] == [0.5, 0.5, -1.5]


def test_every_legal_chord_symbol_is_kept() -> None:
    symbols = ["A7sus4", "C/e", "(G)", "G(Em)", "Bb", "F♯m"]
    text = clean(tune(" ".join(f'"{symbol}"C' for symbol in symbols) + "|")).text
    assert [mark.text for mark in read(text).marks] == symbols


@pytest.mark.parametrize(
    ("title", "data"),
    [
        ("Łódź", b"%%abc-charset iso-8859-2\n" + tune("CD|").encode()),
        ("Café", tune("CD|").encode()),
    ],
)
def test_titles_have_their_letters_in_both_ways(title: str, data: bytes, tmp_path: Path) -> None:
    codec = "iso8859-2" if b"charset" in data else "mac_roman"
    file = tmp_path / "tunes.abc"
    file.write_bytes(data.replace(b"A tune", title.encode(codec)))
    (opened,) = TuneFile.from_bytes(file.read_bytes()).tunes
    assert clean(opened.text).title == opened.title == title
    result = CliRunner().invoke(render, [str(file), f"--musicxml={tmp_path / 'out.musicxml'}"])
    assert result.exit_code == 0, result.output
    assert title in (tmp_path / "out.musicxml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_every_unicode_encoding_has_the_same_notes(codec: str) -> None:
    (opened,) = TuneFile.from_bytes(tune("CDEF|").encode(codec)).tunes
    assert sounded(opened.text) == quarters(60, 62, 64, 65)


def test_import_and_render_say_the_same_sentences(tmp_path: Path) -> None:
    file = tmp_path / "tunes.abc"
    text = (
        "A book of Abe's\n\n"
        + tune("CDEF|").replace("A tune", "Café")
        + "\nX:2\nT:Two\nM:4/4\nCDE|\n\n%%text the end\n"
        + "\n".join(
            f"X:{n}\nT:{n}\nL:1/4\nK:C\n{music}|\n"
            for n, music in enumerate(("CCGGAAGG", "cBAGFEDC", "CDCDEFEF"), start=3)
        )
    )
    file.write_bytes(text.encode("mac_roman"))
    _, report = import_tunes(file, name="mine", data_directory=tmp_path / "data")
    result = CliRunner().invoke(render, [str(file), f"--abc={tmp_path / 'out.abc'}"])
    said = {line.removeprefix(str(tmp_path) + "/") for line in result.stderr.splitlines()}
    imported = {note for note in report.notes if note.startswith("tunes.abc")}
    assert {note for note in said if note.startswith("tunes.abc: ")} == imported
    assert any("MacRoman was guessed" in note for note in imported)
    assert any("free text" in note and "typeset text" in note for note in imported)
    (refusal,) = report.refused
    assert str(refusal) in said
    assert report.taken == len(list(tmp_path.glob("out*.abc")))


@pytest.mark.parametrize(
    "folder",
    [
        "oneills1850",
        "ryansMammoth",
        "airdsAirs",
        "essenFolksong",
        "miscFolk",
        "nottingham-dataset",
        "josquin",
    ],
)
def test_cleaning_changes_no_note_of_real_tunebooks(folder: str) -> None:
    paths = sorted((music21_corpus() / folder).rglob("*.abc"))
    tunes = [tune for path in paths for tune in TuneFile.from_bytes(path.read_bytes()).tunes]
    step = max(1, len(tunes) // 60)
    for raw in tunes[::step]:
        assert notes_of(read(clean(raw.text).text)) == notes_of(read(raw.text)), raw.text


# Music as files have it, pieces of all kinds in any order, right and wrong.
PIECES = st.sampled_from(
    [
        *[
            "C",
            "D2",
            "^F",
            "_e",
            "=B",
            "G/",
            "A3/2",
            "z",
            "[CEG]",
            "[C-E]",
            "^/F",
            "(&",
            "&)",
            "{a>b}",
            "(3",
            "(5:4:5",
        ],
        *[
            "|",
            "|:",
            ":|",
            "::",
            "||",
            "|1",
            "|2",
            "[1",
            "[2",
            ":|2",
            "|]",
            ">",
            "<",
            "-",
            " ",
            "\n",
        ],
        *['"Am"', '"^x"', '"Fine"', '"1"', '"A7sus4"', "!trill!", "~", "T", "u", "o", "&", "\\\n"],
        *["[K:D]", "[M:3/4]", "[L:1/8]", "[P:A]", "[Q:1/4=90]", "[V:2]", "[V:1]", "[I:x]", "% a\n"],
        *["\nK:Gm\n", "\nM:2/4\n", "\nL:1/16\n", "\nw:la la\n", "\nP:A\n", "\nP:B\n", "\nV:2\n"],
        *["\nV:1\n", "\nC:Trad\n", "\nB:|", "\n%%propagate-accidentals not\n", "\nU:o=!open!\n"],
    ]
)
HEADERS = st.sampled_from(
    [
        "",
        "V:1\nV:2\n",
        "P:AB\n",
        "U:o=!open!\n",
        "%%propagate-accidentals octave\n",
        "V:1 octave=1\n",
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join), HEADERS, st.sampled_from("CDG"))
def test_cleaning_changes_no_note_of_anything(body: str, more: str, key: str) -> None:
    for raw in TuneFile.from_text(tune("CD" + body, key=key, more=more)).tunes:
        with suppress(CorpusError):
            assert notes_of(read(clean(raw.text).text)) == notes_of(read(raw.text)), raw.text
