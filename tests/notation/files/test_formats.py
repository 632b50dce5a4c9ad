"""Each format, made to look like the real files, becomes ABC."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.errors import TuneFileError
from songrnn.notation.files.dumps import key_of_mode
from songrnn.notation.files.file_tunes import FileTune, Refusal
from songrnn.notation.files.formats import recognize, tunes_of
from songrnn.notation.files.tune_lines import LeftOut

ABC = """%abc-2.1
M:6/8
R:jig

Some words about the collection.

X:7
T:First
M:9/8
K:G
GAB c2d|

X:8
T:Second
K:Em
E2B|
"""

MARKED = "<start>\nX:1\nT:One\nK:D\nDEF|\n<end>\n<start>\nX:1\nK:G\nGAB|\n<end>\n"

# As in the folk-rnn repository: header tokens on lines of their own, a tune in one line.
BLOCKS = """M:9/8
K:Cmaj
G E E E 2 D | G, c' _B =F ^c (3 D E F A /2 B 3/2 |1 c 4 :| |2 [ C E G ] 2 z |

M:6/8
K:Cdor
|: G A B 2< f 2 | x > E :|
"""
LINES = """<s> M:6/8 K:Cdor |: G A B :| </s>
<s> M:4/4 K:mix C D [K:Cmin] E 2 | </s>
M:2/4 K:Cmaj C D
M:3/4 K:Cmin E F
"""
TITLED = "T:A Title Of Words\nM:4/4\nK:Cmaj\nC D\n\nT:Another\nM:4/4\nK:Cmaj\nE F\n"

SETTINGS = [
    {
        "tune_id": "90001",
        "setting_id": "91001",
        "name": "Mary's Wedding &amp; More, The",
        "type": "slip jig",
        "meter": "9/8",
        "mode": "Edorian",
        "abc": '|:"Em" E2B dBA|\r\n"D" FGA B2A:|',
        "date": "2001-05-27 00:00:00",
        "username": "Someone",
        "composer": "",
    },
    {
        "tune_id": "90002",
        "setting_id": "91002",
        "name": 'Ìle, "The"',
        "type": "polka",
        "meter": "2/4",
        "mode": "F#minor",
        "abc": "|:fa c'a|fa e2:|\r\n",
        "date": "2001-05-28 00:00:00",
        "username": "A, B",
        "composer": "Someone Else",
    },
]


def as_csv(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def read(text: str) -> list[FileTune | Refusal]:
    return list(tunes_of(text, recognize(text), LeftOut()))


def texts(text: str) -> list[str]:
    found = read(text)
    assert all(isinstance(item, FileTune) for item in found), found
    return [item.text for item in found if isinstance(item, FileTune)]


@pytest.mark.parametrize(
    ("text", "format"),
    [
        (ABC, "abc"),
        (MARKED, "marked"),
        (BLOCKS, "folk-rnn"),
        (LINES, "folk-rnn"),
        (TITLED, "folk-rnn"),
        (as_csv(SETTINGS), "thesession CSV"),
        (as_csv(SETTINGS, ";"), "thesession CSV"),
        (json.dumps(SETTINGS), "thesession JSON"),
        ("[K:G] X:1", "folk-rnn"),
    ],
)
def test_formats_are_known_by_what_they_hold(text: str, format: str) -> None:
    assert recognize(text) == format


@pytest.mark.parametrize("text", ["", " \n\n", "Dear Sir,\n", "a,b,c\n1,2,3\n", "<html></html>"])
def test_what_holds_no_tunes_is_said_so(text: str) -> None:
    with pytest.raises(TuneFileError, match=r"is empty|holds no tunes"):
        recognize(text)


def test_abc_tunes_know_their_lines() -> None:
    assert [item.place for item in read(ABC)] == ["line 7", "line 13"]


def test_fields_above_the_first_tune_hold_for_those_that_lack_them() -> None:
    first, second = texts(ABC)
    assert first == "X:7\nR:jig\nT:First\nM:9/8\nK:G\nGAB c2d|\n"
    assert second == "X:8\nM:6/8\nR:jig\nT:Second\nK:Em\nE2B|\n"


def test_marked_tunes_lose_their_marks() -> None:
    assert texts(MARKED) == ["X:1\nT:One\nK:D\nDEF|\n", "X:1\nK:G\nGAB|\n"]


def test_marks_may_share_a_line_with_the_music() -> None:
    assert texts("<start>X:1\nK:D\nDEF|<end><start>X:2\nK:D\nD|<end>") == [
        "X:1\nK:D\nDEF|\n",
        "X:2\nK:D\nD|\n",
    ]


def test_a_marked_tune_without_its_end_is_cut_off() -> None:
    found = read(MARKED + "<start>\n<end>\n<start>\nX:3\nT:Half\nK:D\nDE")
    assert found[2:] == [
        Refusal("line 12", "", "nothing is between its <start> and <end>"),
        Refusal("line 14", "Half", "it is cut off: no <end> follows its <start>"),
    ]


def test_folk_rnn_tokens_are_joined_and_headers_stand_on_lines() -> None:
    first, second = texts(BLOCKS)
    assert first == ("X:1\nM:9/8\nL:1/8\nK:Cmaj\nGEEE2D|G,c'_B=F^c(3DEFA/2B3/2|1c4:||2[CEG]2z|\n")
    assert second == "X:2\nM:6/8\nL:1/8\nK:Cdor\n|:GAB2<f2|x>E:|\n"


def test_folk_rnn_tunes_may_be_lines_with_marks_or_without() -> None:
    assert texts(LINES) == [
        "X:1\nM:6/8\nL:1/8\nK:Cdor\n|:GAB:|\n",
        "X:2\nM:4/4\nL:1/8\nK:Cmix\nCD[K:Cmin]E2|\n",
        "X:3\nM:2/4\nL:1/8\nK:Cmaj\nCD\n",
        "X:4\nM:3/4\nL:1/8\nK:Cmin\nEF\n",
    ]


def test_folk_rnn_titles_are_words_and_no_tokens() -> None:
    assert [text.split("\n")[1] for text in texts(TITLED)] == ["T:A Title Of Words", "T:Another"]


def test_a_chord_after_a_bar_line_is_no_bar_line() -> None:
    (text,) = texts("M:4/4 K:Cmaj C | [ C E ] |")
    assert text.endswith("C| [CE]|\n")


def test_an_unknown_token_is_named() -> None:
    found = read("M:4/4 K:Cmaj C D hello E\n\nM:4/4 K:Cmaj E")
    assert found[0] == Refusal("line 1", "", "'hello' is not a folk-rnn token")
    assert isinstance(found[1], FileTune)


NOTES = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "^", "_", "=", "^^"]),
        st.sampled_from("ABCDEFGabcdefg"),
        st.sampled_from(["", "'", ",", ",,"]),
    ),
)
TOKENS = st.one_of(
    NOTES,
    st.sampled_from(["2", "3/2", "/2", "/", ">", "<", "2>", "z", "|", "|:", ":|", "||", "::"]),
    st.sampled_from(["|1", "|2", "(3", "(2", "[", "]", "-", "16", "|]", "~"]),
)


@given(
    st.lists(
        st.lists(TOKENS, max_size=60).map(lambda tokens: ["A", *tokens]), min_size=1, max_size=5
    )
)
def test_folk_rnn_music_keeps_every_token_in_order(tunes: list[list[str]]) -> None:
    text = "\n\n".join("M:4/4\nK:Cdor\n" + " ".join(tokens) for tokens in tunes)
    bodies = [tune.split("K:Cdor\n")[1] for tune in texts(text)]
    assert [body.replace(" ", "").strip() for body in bodies] == ["".join(t) for t in tunes]


@pytest.mark.parametrize(
    "text",
    [
        as_csv(SETTINGS),
        as_csv(SETTINGS, "\t"),
        json.dumps(SETTINGS),
        json.dumps({"tunes": SETTINGS}, ensure_ascii=False, indent=1),
        json.dumps([row | {"setting_id": int(row["setting_id"])} for row in SETTINGS]),
    ],
)
def test_dumps_of_thesession_give_settings_without_their_people(text: str) -> None:
    assert texts(text) == [
        "X:91001\nT:Mary's Wedding & More, The\nR:slip jig\nM:9/8\nL:1/8\nK:Edor\n"
        '|:"Em" E2B dBA|\n"D" FGA B2A:|\n',
        'X:91002\nT:Ìle, "The"\nR:polka\nM:2/4\nL:1/8\nK:F#min\n|:fa c\'a|fa e2:|\n',
    ]


@pytest.mark.parametrize(
    ("mode", "key"),
    [
        ("Gmajor", "Gmaj"),
        ("Bbmixolydian", "Bbmix"),
        ("aminor", "Amin"),
        ("D", "Dmaj"),
        ("Clydian", "Clyd"),
    ],
)
def test_modes_become_keys(mode: str, key: str) -> None:
    assert key_of_mode(mode) == key


@pytest.mark.parametrize("mode", ["", "Hmajor", "major", "Gmajor\nT:x", "G" * 1000])
def test_what_is_no_mode_is_refused(mode: str) -> None:
    with pytest.raises(TuneFileError, match=r"not a key|no key"):
        key_of_mode(mode)


def test_rows_that_are_no_settings_are_refused_by_line() -> None:
    table = as_csv(SETTINGS[:1]) + "1,2,3\n" + as_csv(SETTINGS[1:]).split("\n", 1)[1]
    table += "1,2,No Mode,reel,4/4,,abc,,,\n1,2,No Music,reel,4/4,Gmajor,,,,\n"
    found = read(table)
    assert [item for item in found if isinstance(item, Refusal)] == [
        Refusal("line 4", "", "its row has 3 columns, and the table has 10"),
        Refusal("line 7", "No Mode", "it has no key (mode)"),
        Refusal("line 8", "No Music", "it has no music (abc)"),
    ]


def test_a_quote_that_never_closes_loses_its_row_and_not_the_file() -> None:
    row = "1,2,Fine,reel,4/4,Gmajor,GABc|,2001,me,\n"
    table = as_csv(SETTINGS[:1]) + '1,2,"Broken,reel\n' + row * 10_000
    found = read(table)
    assert isinstance(found[0], FileTune)
    assert any(
        isinstance(item, Refusal) and "not a row of a table" in item.reason for item in found
    )
    assert sum(isinstance(item, FileTune) for item in found) > 5_000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"abc": "GAB"', "damaged JSON"),
        ("[{" + '"a":[' * 200_000, "damaged JSON"),
        ('[{"a": ' + "1" * 10_000 + "}]", "damaged JSON"),
        ('[{"name": "x"}]', "no row of it has an abc field"),
        ("[]", "no row of it has an abc field"),
        ("{}", "no row of it has an abc field"),
    ],
)
def test_broken_json_is_refused_as_a_whole(text: str, reason: str) -> None:
    with pytest.raises(TuneFileError, match=reason):
        read(text)


def test_cells_of_the_wrong_type_are_no_tunes() -> None:
    rows = [{"abc": 5}, {"abc": ["x"]}, 7, None, {"abc": "GAB", "mode": {"a": 1}}]
    found = read(json.dumps(rows))
    assert len(found) == 5
    assert all(isinstance(item, Refusal) for item in found)


@given(st.text(max_size=400), st.sampled_from(["", "X:1\n", "<start>", "M:4/4 K:C ", '[{"abc":"']))
def test_any_text_gives_tunes_or_reasons(text: str, before: str) -> None:
    try:
        found = read(before + text)
    except TuneFileError:
        return
    assert all(isinstance(item, FileTune | Refusal) for item in found)
