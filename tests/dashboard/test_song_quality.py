"""What a song shares is marked, and a song's text stays text."""

from dashboard.song_quality import with_marks


def test_marks_enclose_their_spans_and_nothing_else() -> None:
    assert with_marks("abcdef", [(1, 3), (4, 5)]) == (
        '<pre class="compared">a<mark>bc</mark>d<mark>e</mark>f</pre>'
    )


def test_markup_in_a_song_is_shown_not_done() -> None:
    shown = with_marks("<script>&", [(0, 3)])
    assert shown == '<pre class="compared"><mark>&lt;sc</mark>ript&gt;&amp;</pre>'
