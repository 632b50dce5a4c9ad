"""Where tunes begin and end in a file, and that nothing around them is taken for music."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.errors import TuneFileError
from songrnn.notation.files.tune_file import TuneFile
from songrnn.notation.reader import read

TUNE = "X:1\nT:One\nM:4/4\nL:1/4\nK:C\nCDEF|\nGABc|\n"
NOTES = [60, 62, 64, 65, 67, 69, 71, 72]
OTHER = "X:2\nT:Two\nM:4/4\nL:1/4\nK:C\nccCC|\n"


def texts(text: str) -> list[str]:
    return [tune.text for tune in TuneFile.from_text(text).tunes]


def pitches(text: str) -> list[list[int]]:
    return [
        [pitch for event in read(tune.text).events for pitch in event.pitches]
        for tune in TuneFile.from_text(text).tunes
    ]


def indented(text: str, prefix: str) -> str:
    return "".join(f"{prefix}{line}\n" if line else "\n" for line in text.split("\n")[:-1])


def test_a_tune_ends_at_an_empty_line_and_at_the_next_number() -> None:
    assert texts(TUNE + "\n" + OTHER) == [TUNE, OTHER]
    assert texts(TUNE + OTHER) == [TUNE, OTHER]


def test_a_line_of_spaces_is_an_empty_line() -> None:
    assert texts(TUNE + "  \t\n" + OTHER) == [TUNE, OTHER]


@pytest.mark.parametrize(
    "around",
    [
        "Dear all,\nhere is a bag of tunes. Cheers, Fred\n",
        "%%text A book of tunes\n%%center by Abe\n",
        "%%begintext\nBad egg\n\nA Cabbage\n%%endtext\n",
        "From: Abe <abe@cafe.org>\nSubject: a tune\nDate: Fri, 3 Dec\n",
        "-- \nFred Abbe\nCafe Bede\n",
        "# Tunes\n\n- a bag\n- a deed\n\n***\n",
        "> a quoted line\n> of mail\n",
        "On Friday Abe wrote:\n",
    ],
)
def test_text_around_tunes_is_never_music(around: str) -> None:
    for text in (around + "\n" + TUNE, TUNE + "\n" + around, TUNE + "\n" + around + "\n" + OTHER):
        assert pitches(text)[0] == NOTES, text
    opened = TuneFile.from_text(TUNE + "\n" + around)
    assert any("around the tunes" in notice for notice in opened.notices)


@pytest.mark.parametrize(
    "text",
    [
        f"```abc\n{TUNE}```\nThe end of Abe\n",
        f"~~~\n{TUNE}~~~\n",
        f"{TUNE}# A Heading\n",
        f"{TUNE}---\nFeed\n",
        f"{TUNE}-- \nAbe\nBede\n",
        f"{TUNE}Thanks, John\n",
        f"{TUNE}From: Abe\n",
        f"<html><body><pre>\n{TUNE}</pre>\n<p>Faded</p></body></html>\n",
        f"<pre>{TUNE}</pre><pre>\nabc</pre>",
        "<p>" + TUNE.replace("\n", "<br>\n") + "</p>\nDead beef",
        "<div>" + TUNE.replace("\n", "<br/>") + "</div>",
        f"<!-- a bad egg -->\n{TUNE}<!-- deed -->\n",
        "> " + TUNE.replace("\n", "\n> ")[:-2] + "\nAbe added:\n",
        indented(TUNE, "    "),
        indented(TUNE, "\t"),
        TUNE.replace("T:One", " T:One"),
    ],
)
def test_markup_mail_and_indentation_leave_the_notes_alone(text: str) -> None:
    assert pitches(text) == [NOTES]


def test_entities_of_html_are_the_characters_they_stand_for() -> None:
    text = "<pre>\nX:1\nT:Caf&eacute; &amp; Bar\nL:1/4\nK:C\nC&gt;D E&lt;F|\n</pre>\n"
    (tune,) = TuneFile.from_text(text).tunes
    assert tune.title == "Café & Bar"
    assert "C>D E<F|" in tune.text


def test_tags_on_words_go_and_end_nothing() -> None:
    text = TUNE.replace("T:One", 'T:The <b>Big</b> <a href="x">Reel</a>')
    (tune,) = TuneFile.from_text(text).tunes
    assert tune.title == "The Big Reel"
    assert pitches(text) == [NOTES]


def test_a_byte_order_mark_between_joined_files_is_no_text() -> None:
    assert texts(TUNE + "\n\ufeff" + OTHER) == [TUNE, OTHER]


def test_what_looks_like_markup_in_music_is_music() -> None:
    music = "A<a b<c>d|B<ab>c &EF|\n>A|~~~G|"
    assert texts(f"X:1\nK:C\n{music}\n") == [f"X:1\nK:C\n{music}\n"]


def test_a_file_header_holds_for_all_tunes_that_lack_its_fields() -> None:
    header = "%abc-2.1\nT:A Book\nM:3/4\nL:1/4\nR:waltz\n%%propagate-accidentals not\n\n"
    first, second = texts(header + "X:1\nK:C\nCDE|\n\nX:2\nM:2/4\nK:G\nGA|\n")
    assert first == "X:1\nM:3/4\nL:1/4\nR:waltz\n%%propagate-accidentals not\nK:C\nCDE|\n"
    assert second == "X:2\nL:1/4\nR:waltz\n%%propagate-accidentals not\nM:2/4\nK:G\nGA|\n"


def test_fields_in_free_text_between_tunes_are_not_a_file_header() -> None:
    assert texts(TUNE + "\nM:3/4\nL:1/16\n\n" + OTHER) == [TUNE, OTHER]


def test_words_within_the_music_are_left_out_and_counted() -> None:
    opened = TuneFile.from_text(TUNE.replace("GABc|", "the second part\nGABc|"))
    assert [t.text for t in opened.tunes] == [TUNE]
    assert any("words within the music" in notice for notice in opened.notices)


def test_letters_with_a_meaning_of_their_own_are_not_words() -> None:
    text = "X:1\nU:h=!trill!\nU:k=!turn!\nK:C\nhkC hkD hkE|\n"
    assert texts(text) == [text]


def test_a_field_that_belongs_to_the_header_is_not_music() -> None:
    assert pitches(TUNE.replace("GABc|", "C:Trad, arr. Bede\nB:A book\nGABc|")) == [NOTES]


def test_music_that_looks_like_a_field_is_music() -> None:
    text = TUNE + "B:|\nd:|\nE::\n"
    assert texts(text) == [text]


def test_music_after_an_empty_line_is_said_to_be_left_out() -> None:
    opened = TuneFile.from_text(TUNE + "\nCDEF|GABc|\n")
    assert pitches(TUNE + "\nCDEF|GABc|\n") == [NOTES]
    assert any("after an empty line" in notice for notice in opened.notices)


def test_an_empty_line_before_the_music_ends_nothing() -> None:
    assert texts(TUNE.replace("M:4/4\n", "\nM:4/4\n").replace("K:C\n", "K:C\n\n")) == [TUNE]


def test_a_number_within_typeset_text_begins_no_tune() -> None:
    text = TUNE.replace("GABc|", "%%begintext\nX:9\n\nBad egg\n%%endtext\nGABc|")
    assert len(texts(text)) == 1


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        (TUNE + "\nX:2\nT:Two\nM:4/4\nCDE|\n", "line 9", "no key"),
        (TUNE + "\nX:2\nT:Two\nK:C\nz4|\n", "line 9", "no notes"),
        (TUNE + "\nT:Two\nK:C\nCDE|\n", "line 9", "begin with X:"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(text: str, place: str, reason: str) -> None:
    opened = TuneFile.from_text(text)
    (refusal,) = opened.refusals
    assert (refusal.place, refusal.title) == (place, "Two")
    assert reason in refusal.reason
    assert len(opened.tunes) == 1


def test_tunes_without_numbers_are_parted_where_a_header_begins() -> None:
    bare = [TUNE.removeprefix("X:1\n"), OTHER.removeprefix("X:2\n")]
    assert texts("\n".join(bare)) == bare


@pytest.mark.parametrize("text", [TUNE, "L:1/8\n\n" + indented(TUNE, "  "), f"<pre>\n{TUNE}</pre>"])
def test_a_place_in_a_tune_is_a_place_in_the_file(text: str) -> None:
    (tune,) = TuneFile.from_text(text).tunes
    line, column = tune.position(tune.text.index("GABc") + 1)
    assert text.split("\n")[line - 1][column - 1 :].startswith("ABc|")


LINES = st.sampled_from(
    [
        *[
            "",
            " ",
            "X:1",
            "X:",
            "T:a",
            "K:C",
            "M:4/4",
            "CDE|",
            "B:|",
            "C:Trad",
            "w:la",
            "%",
            "%%text a",
        ],
        *[
            "%%begintext",
            "%%endtext",
            "<pre>",
            "</pre>",
            "<br>",
            "```",
            "> X:2",
            "  X:3",
            "words of",
        ],
        *["-- ", "From: a", "---", "# a", "V:1", "[V:2]C", "&amp;", "<!--", "-->", "K:", "+:more"],
    ]
)


@given(st.lists(LINES, max_size=25).map("\n".join))
def test_every_line_of_a_tune_is_a_line_of_the_file(text: str) -> None:
    try:
        opened = TuneFile.from_text(text)
    except TuneFileError:
        return
    rows = text.split("\n")
    for tune in opened.tunes:
        own = tune.text.removesuffix("\n").split("\n")
        assert len(own) == len(tune.lines)
        for line, number in zip(own, tune.lines, strict=True):
            assert line == "%" or line.replace("&", "") in rows[number - 1].replace("&amp;", "")


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("A <style> reel", "A <style> reel"),
        ("<p>", "<p>"),
        ("The <pre> and the <b>post</b>", "The <pre> and the post"),
    ],
)
def test_a_title_of_tags_ends_no_tune(title: str, shown: str) -> None:
    text = TUNE.replace("T:One", f"T:{title}")
    first, second = TuneFile.from_text(text + "\n" + OTHER).tunes
    assert (first.title, second.title) == (shown, "Two")
    assert pitches(text) == [NOTES]


def test_in_a_page_a_tag_after_a_title_parts_as_any_other() -> None:
    page = f"<html><body><p>X:1<p>T:One<p>M:4/4<p>L:1/4<p>K:C<p>CDEF|GABc|\n<pre>\n{OTHER}</pre></body></html>"
    assert "Two" in [tune.title for tune in TuneFile.from_text(page).tunes]
    assert "T:One</pre>" not in "".join(texts(page.replace("T:One", "T:One</pre>")))
