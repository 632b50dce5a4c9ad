"""A corpus that has changed under its name is no measure for runs that learned from the old one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import loaders, state
from dashboard.views.corpus import figures
from songrnn.config import CorpusReference
from songrnn.corpus.importing import import_tunes
from songrnn.corpus.tunebook import Tunebook

Open = Callable[..., AppTest]


def other(lab: Any) -> str:
    """What is said of the corpus that the small lab's runs learned from, once it has changed."""
    said = loaders.corpora.problem(CorpusReference(name="tiny", sha256=lab.book.sha256))
    assert "tiny" in said
    return said


def words(page: AppTest) -> str:
    assert not page.exception
    parts = [*page.markdown, *page.caption, *page.error, *page.info, *page.warning]
    return "\n".join(str(part.value) for part in parts)


@pytest.fixture
def changed(lab: Any) -> Any:
    """The small lab after its corpus was built again with one tune fewer."""
    Tunebook("tiny", lab.book.tunes[:-1], ()).write(lab.data / "tiny")
    return lab


def test_the_tunes_of_a_run_are_told_from_others_of_the_same_name(lab: Any, changed: Any) -> None:
    now = loaders.corpora.tunebook("tiny")
    assert loaders.corpora.problem(CorpusReference(name="tiny", sha256=now.sha256)) == ""
    assert other(lab)
    nowhere = CorpusReference(name="nowhere", sha256=lab.book.sha256)
    assert "nowhere" in loaders.corpora.problem(nowhere)
    assert loaders.corpora.baselines_of(nowhere) == {}
    assert loaders.corpora.right_bars(nowhere) is None


def test_a_song_is_shown_but_not_compared(changed: Any, kept: str, app: Open) -> None:
    found = words(app("compose", song=kept))
    assert other(changed) in found


@pytest.mark.parametrize(
    ("page", "button"), [("temperature", "measure"), ("listen", "next-pair"), ("neurons", "")]
)
def test_pages_that_need_held_out_tunes_say_why_there_are_none(
    changed: Any, app: Open, page: str, button: str
) -> None:
    shown = app(page, run="lstm-8-embedding-4")
    if button:
        shown = shown.button(key=button).click().run()
    assert other(changed) in words(shown)


def test_the_charts_of_its_runs_stay(changed: Any, app: Open) -> None:
    page = app("runs")
    assert other(changed) not in words(page)
    assert page.get("plotly_chart")


def test_a_tune_that_is_not_there_is_said(lab: Any, app: Open) -> None:
    for page, settings in (("corpus", {"corpus": "tiny"}), ("neurons", {"text": "corpus"})):
        found = words(app(page, tune="0123456789ab", **settings))
        assert "0123456789ab" in found


def test_a_tunes_link_names_a_run_that_knows_the_tune(lab: Any, app: Open) -> None:
    assert f"{state.RUN}=lstm-8-embedding-4" in corpus_link(app("corpus", corpus="tiny"))
    chosen = app("corpus", corpus="tiny", run="gru-6x2-embedding-4")
    assert f"{state.RUN}=gru-6x2-embedding-4" in corpus_link(chosen)


def corpus_link(page: AppTest) -> str:
    (link,) = page.get("page_link")
    return str(link.proto.query_string)


def test_without_a_run_on_the_corpus_there_is_no_link(changed: Any, app: Open) -> None:
    page = app("corpus", corpus="tiny")
    assert page.get("page_link") == []
    words(page)


def test_an_import_says_how_it_came(lab: Any, app: Open) -> None:
    text = "\n".join(tune.text for tune in lab.book.tunes)
    _, report = import_tunes([("birds.abc", text.encode())], name="mine", data_directory=lab.data)
    page = app("corpus", corpus="mine")
    words(page)
    assert str(report) in [code.value for code in page.code]
    assert str(report) not in [code.value for code in app("corpus", corpus="tiny").code]


def test_families_that_stand_in_two_splits_are_counted(lab: Any, app: Open) -> None:
    # Tunes 1 and 3 are of training and validation; the files of an import may come so.
    tunes = list(lab.book.tunes)
    tunes[2] = replace(tunes[2], family=tunes[0].family)
    Tunebook("divided", tuple(tunes), ()).write(lab.data / "divided")
    assert figures.divided(1) in words(app("corpus", corpus="divided"))
    assert figures.divided(0) in words(app("corpus", corpus="tiny"))
    assert figures.divided(0) != figures.divided(1)
