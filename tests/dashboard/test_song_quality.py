"""What a song shares is marked, and a song's text stays text."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import loaders, state
from dashboard.views.compose.quality import with_marks
from songrnn.corpus.tunebook import Tunebook


def test_marks_enclose_their_spans_and_nothing_else() -> None:
    assert with_marks("abcdef", [(1, 3), (4, 5)]) == (
        '<pre class="compared">a<mark>bc</mark>d<mark>e</mark>f</pre>'
    )


def test_markup_in_a_song_is_shown_not_done() -> None:
    shown = with_marks("<script>&", [(0, 3)])
    assert shown == '<pre class="compared"><mark>&lt;sc</mark>ript&gt;&amp;</pre>'


@pytest.mark.parametrize("notes", ["DFA d2f|edB AFD|DFA d2f|edc d3", "D6"])
def test_a_song_is_compared_with_real_tunes_however_short_they_are(
    lab: Any, kept: str, app: Callable[..., AppTest], notes: str
) -> None:
    """Where no validation tune has eight notes, some figures have no mean."""
    tunes = tuple(
        tune
        if tune.split != "validation"
        else replace(tune, text=tune.text[: tune.text.index("|")] + f"{notes}|\n")
        for tune in lab.book.tunes
    )
    book = Tunebook("tiny", tunes, ())
    book.write(lab.data / "tiny")
    folder = lab.runs["lstm-8-embedding-4"].path
    config = (folder / "run.json").read_text()
    (folder / "run.json").write_text(config.replace(lab.book.sha256, book.sha256))
    loaders.corpora.quality_reference_now("tiny")
    page = app("compose", song=kept)
    assert not page.exception
    assert not page.error
    (table,) = [one.value for one in page.table]
    assert list(table.columns[:2]) == ["This song", "Real tunes"]
    assert table["This song"].ne("–").any()
    nearest = [link.proto.query_string for link in page.get("page_link")]
    assert any(f"{state.TUNE}={tune.id}" in link for link in nearest for tune in tunes)
