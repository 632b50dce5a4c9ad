from fractions import Fraction

import numpy as np
import pytest

from songrnn.notation.reader import read
from songrnn.notation.reading import Kind, Reading

HEADER = "X:1\nL:1/4\nM:4/4\nK:C\n"


def body(text: str) -> Reading:
    return read(HEADER + text)


def pitches(text: str) -> list[tuple[int, ...]]:
    return [event.pitches for event in body(text).events]


def durations(text: str) -> list[str]:
    return [str(event.duration) for event in body(text).events]


def spans(text: str) -> list[str]:
    reading = read(text)
    return [text[slice(*event.span)] for event in reading.events]


def codes(text: str) -> list[str]:
    return [problem.code for problem in read(text).problems]


def kinds(text: str) -> str:
    return " ".join(Kind(k).name for k in body(text).kinds[len(HEADER) :])


# Pitch ----------------------------------------------------------------------------------------


def test_capital_c_is_middle_c_and_small_c_an_octave_above() -> None:
    assert pitches("Cc") == [(60,), (72,)]


def test_commas_lower_and_apostrophes_raise_by_octaves() -> None:
    assert pitches("C,C,,c'c''C'c,") == [(48,), (36,), (84,), (96,), (72,), (60,)]


def test_the_key_signature_alters_every_octave() -> None:
    reading = read("L:1/4\nK:D\nFf,CG\n")
    assert [event.pitches for event in reading.events] == [(66,), (66,), (61,), (67,)]


def test_accidental_lasts_until_the_barline() -> None:
    assert pitches("^FF|F") == [(66,), (66,), (65,)]


def test_accidental_reaches_the_other_octaves_of_its_bar() -> None:
    assert pitches("^FfF,") == [(66,), (78,), (54,)]


def test_accidentals_can_be_confined_to_their_octave_or_their_note() -> None:
    octave = read("%%propagate-accidentals octave\nK:C\n^FfF\n")
    assert [event.pitches[0] for event in octave.events] == [66, 77, 66]
    alone = read("%%propagate-accidentals not\nK:C\n^FfF\n")
    assert [event.pitches[0] for event in alone.events] == [66, 77, 65]


def test_a_natural_cancels_the_signature_until_the_barline() -> None:
    reading = read("K:D\n=FF|F\n")
    assert [event.pitches[0] for event in reading.events] == [65, 65, 66]


def test_double_accidentals() -> None:
    assert pitches("^^C__D") == [(62,), (60,)]


def test_a_tied_note_keeps_its_accidental_over_the_barline_but_the_next_does_not() -> None:
    assert pitches("^F-|FF") == [(66,), (66,), (65,)]


def test_an_inline_key_changes_what_follows() -> None:
    assert pitches("F[K:D]F[K:C]F") == [(65,), (66,), (65,)]


def test_the_octave_of_a_key_field_shifts_the_notes() -> None:
    assert read("K:C octave=-1\nC\n").events[0].pitches == (48,)


def test_steps_spell_what_sounds() -> None:
    assert body("_B").events[0].steps == (("B", -1, 4),)


# Time -----------------------------------------------------------------------------------------


def test_lengths_multiply_and_divide_the_unit() -> None:
    assert durations("A A2 A/ A// A/4 A3/2 A3/") == ["1", "2", "1/2", "1/4", "1/4", "3/2", "3/2"]


def test_zero_lengths_count_as_one() -> None:
    assert durations("A0 A/0") == ["1", "1"]


def test_broken_rhythm_dots_one_note_and_cuts_the_other() -> None:
    assert durations("A>B A<B") == ["3/2", "1/2", "1/2", "3/2"]


def test_double_broken_rhythm() -> None:
    assert durations("A>>B A<<B") == ["7/4", "1/4", "1/4", "7/4"]


def test_broken_rhythm_reaches_across_spaces_and_graces() -> None:
    assert durations("A > B") == ["3/2", "1/2"]
    assert durations("A>{c}B") == ["3/2", "0", "1/2"]


def test_a_triplet_takes_the_time_of_two() -> None:
    reading = body("(3ABc d")
    assert [str(e.duration) for e in reading.events] == ["2/3", "2/3", "2/3", "1"]
    assert [e.tuplet for e in reading.events] == [(3, 2)] * 3 + [None]
    assert reading.events[0].written == 1


def test_tuplets_in_full_form() -> None:
    assert durations("(3:2:4ABcd e") == ["2/3"] * 4 + ["1"]
    assert durations("(5:4AAAAA") == ["4/5"] * 5


def test_the_first_note_decides_the_length_of_a_chord() -> None:
    reading = body("[CEG]2 [C2E4]/ [E/C/]")
    assert [str(event.duration) for event in reading.events] == ["2", "1", "1/2"]
    assert reading.events[0].pitches == (60, 64, 67)
    assert reading.events[2].pitches == (60, 64)


def test_grace_notes_take_no_time() -> None:
    reading = body("{/cd}A")
    assert [event.kind for event in reading.events] == ["grace", "grace", "note"]
    assert [event.onset for event in reading.events] == [0, 0, 0]


def test_rests_have_no_pitch_and_whole_bar_rests_last_bars() -> None:
    reading = body("z x2 | Z2 | A")
    assert [str(event.duration) for event in reading.events] == ["1", "2", "8", "1"]
    assert reading.events[0].kind == "rest"


def test_without_a_unit_length_short_meters_count_sixteenths() -> None:
    assert read("M:2/4\nK:C\nA\n").events[0].duration == Fraction(1, 4)
    assert read("M:3/4\nK:C\nA\n").events[0].duration == Fraction(1, 2)
    assert read("K:C\nA\n").events[0].duration == Fraction(1, 2)


def test_onsets_add_up_over_barlines_and_bars_are_counted() -> None:
    reading = body("A2|BcBc|d")
    assert [event.onset for event in reading.events] == [0, 2, 3, 4, 5, 6]
    assert [event.bar for event in reading.events] == [0, 1, 1, 1, 1, 2]


# Characters -----------------------------------------------------------------------------------


def test_a_span_holds_accidental_octave_and_length_and_nothing_else() -> None:
    text = 'K:C\n"Am".^c\'3/2-|{d}e>f [CE]2)\n'
    assert spans(text) == ["^c'3/2", "d", "e", "f", "[CE]2"]


def test_every_character_has_its_kind() -> None:
    text = "^c'2 |:z/"
    assert kinds(text) == "ACCIDENTAL NOTE OCTAVE LENGTH SPACE BARLINE BARLINE REST LENGTH"
    assert kinds("(3A>B-c)") == "TUPLET TUPLET NOTE BROKEN_RHYTHM NOTE TIE NOTE SLUR"
    assert kinds('"A""^x"') == " ".join(["CHORD_SYMBOL"] * 3 + ["ANNOTATION"] * 4)
    assert kinds("[CE]{g}~A") == ("CHORD NOTE NOTE CHORD GRACE NOTE GRACE DECORATION NOTE")
    assert kinds("[K:D]|1A`\\\n%x") == (
        "INLINE_FIELD INLINE_FIELD INLINE_FIELD INLINE_FIELD INLINE_FIELD BARLINE ENDING NOTE "
        "BACKTICK CONTINUATION NEWLINE COMMENT COMMENT"
    )
    assert kinds("!f!A") == "DECORATION DECORATION DECORATION NOTE"


def test_header_fields_and_lyrics_are_told_apart() -> None:
    reading = read("X:1 % one\nK:C\nA\nw:la\n")
    names = [Kind(k).name for k in reading.kinds]
    assert names[:3] == ["FIELD_NAME", "FIELD_NAME", "FIELD_VALUE"]
    assert names[4:9] == ["COMMENT"] * 5
    assert names[-5:] == ["FIELD_NAME", "FIELD_NAME", "LYRICS", "LYRICS", "NEWLINE"]


def test_a_note_before_a_colon_at_the_start_of_a_line_is_no_field() -> None:
    assert len(body("AB|\nG:|").events) == 3


def test_chord_symbols_and_decorations_know_their_note() -> None:
    marks = body('"Am"A !trill!~B').marks
    assert [(mark.text, mark.event) for mark in marks] == [("Am", 0), ("trill", 1), ("roll", 1)]


def test_a_letter_can_be_given_a_decoration() -> None:
    reading = read("U:W=!trill!\nK:C\nWA\n")
    assert [mark.text for mark in reading.marks] == ["trill"]


def test_closed_slurs_know_their_notes_and_open_ones_are_a_problem() -> None:
    assert body("(AB) c").slurs == ((0, 1),)
    assert "slur-open" in codes("K:C\n(AB\n")


def test_ties_hold_only_between_equal_pitches() -> None:
    assert [event.tied for event in body("A-A A-B").events] == [True, False, False, False]
    assert "tie-broken" in codes("K:C\nA-B|\n")


# Structure ------------------------------------------------------------------------------------


def test_barlines_know_their_repeats_and_endings() -> None:
    barlines = body("|:A|1B:|2c::d|]").barlines
    assert [barline.text for barline in barlines] == ["|:", "|", ":|", "::", "|]"]
    assert [barline.endings for barline in barlines] == [(), (1,), (2,), (), ()]
    assert barlines[3].starts_repeat
    assert barlines[3].ends_repeat
    assert barlines[4].final


def test_an_ending_may_begin_within_a_bar() -> None:
    barlines = body("A[1,3B:|[2-4c|]").barlines
    assert [barline.endings for barline in barlines] == [(1, 3), (2, 3, 4), ()]


def test_an_empty_line_ends_the_tune() -> None:
    reading = read("K:C\nA\n\nB\n")
    assert len(reading.events) == 1
    assert "after-end" in codes("K:C\nA\n\nB\n")
    assert codes("X:1\nK:C\nA\n\n\n") == []


def test_the_events_are_those_of_the_first_voice_and_the_others_have_their_own() -> None:
    reading = read("L:1/4\nK:C\nV:1\nA[V:2]cc\n[V:1]B&d4|e\n")
    assert [event.pitches[0] for event in reading.events] == [69, 71, 76]
    assert reading.events[2].onset == 2
    overlay, second = reading.voices
    assert (overlay.voice, overlay.layer, overlay.events[0].onset) == ("1", 1, 0)
    assert [event.pitches[0] for event in second.events] == [72, 72]
    assert [event.voice for event in second.events] == [2, 2]


def test_a_fragment_without_any_header_is_music() -> None:
    assert [event.pitches[0] for event in read("CDE|").events] == [60, 62, 64]


def test_fields_keep_their_place_and_the_header_its_first_values() -> None:
    reading = read("X:1\nT:One\nT:Two\nK:G\nA[M:3/4]B\n")
    assert reading.header == {"X": "1", "T": "One", "K": "G"}
    assert [(f.name, f.value, f.inline) for f in reading.fields][-1] == ("M", "3/4", True)
    assert reading.text[reading.body] == "A"
    assert [str(m.value.length) for m in reading.meters] == ["None", "3"]


def test_windows_line_ends_are_one_newline() -> None:
    reading = read("X:1\r\nK:D\r\nF\r\nK:C\r\nF\r\n")
    assert [event.pitches[0] for event in reading.events] == [66, 65]


# Problems -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("K:C\nAéB\n", "unknown-character", "é"),
        ("K:C\nA#B\n", "reserved-character", "#"),
        ("K:C\n[CE|A\n", "chord-open", "[CE"),
        ("K:C\nA]\n", "chord-not-open", "]"),
        ("K:C\n{cd|A\n", "grace-open", "{cd"),
        ('K:C\n"Am A|\n', "quote-open", '"Am A|'),
        ("K:C\n>A\n", "broken-rhythm-alone", ">"),
        ("K:C\n(3AB|\n", "tuplet-open", "(3"),
        ("K:C\n(1A\n", "bad-tuplet", "(1"),
        ("K:Hmm\nA\n", "bad-key", "K:Hmm"),
        ("M:1/0\nK:C\nA\n", "bad-meter", "M:1/0"),
        ("L:0\nK:C\nA\n", "bad-unit", "L:0"),
        ("Q:1e9\nK:C\nA\n", "bad-tempo", "Q:1e9"),
        ("M:4/4\nL:1/4\nK:C\nABcd|ABc|ABcd|\n", "bar-too-short", "ABc"),
        ("M:4/4\nL:1/4\nK:C\nABcd|ABcdA|ABcd|\n", "bar-too-long", "ABcdA"),
    ],
)
def test_a_problem_points_at_its_characters(text: str, code: str, where: str) -> None:
    found = [text[slice(*p.span)] for p in read(text).problems if p.code == code]
    assert found == [where]


def test_a_clean_tune_has_no_problems() -> None:
    text = 'X:1\nT:x\nM:6/8\nK:D\nA|"D"d2f {e}f2e|[DA]2z ~A2-A|1 d2A d2:|2 d3 d2|]\n'
    assert codes(text) == []


def test_text_without_notes_is_said_to_have_none() -> None:
    assert "no-music" in codes("")
    assert "no-music" in codes("X:1\nK:C\n")


def test_kinds_cover_the_text() -> None:
    text = "X:1\nK:C\nA\ud800\x00é|"
    reading = read(text)
    assert reading.kinds.shape == (len(text),)
    assert reading.kinds.dtype == np.uint8
