"""What the server keeps for all visitors is bounded by its bytes, and nobody's clicks push out what
others waited for."""

import io
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dashboard import loaders
from dashboard.loaders import corpora, music, neurons, segmentation
from dashboard.loaders.recent import Recent
from dashboard.loaders.turns import Callers
from dashboard.widgets import downloads
from songrnn.config import ModelConfig, SampleConfig
from songrnn.corpus.tunebook import Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import SongRNNError
from songrnn.generation.export import Provenance
from songrnn.generation.whole_bars import grammar, state_graph
from songrnn.inspection.activations import activations
from songrnn.notation.playing.choice import Playing
from songrnn.segmentation.pictures import Picture
from tests.dashboard.conftest import BOOK, add_run

TUNE = "X:1\nL:1/4\nQ:1/4=60\nK:D\nDFAd|\n"  # four seconds
UNSAID = Provenance("lstm-8", SampleConfig(), 0, "end")


# Neurons -----------------------------------------------------------------------------------------


def test_the_longest_text_is_the_longest_whose_internals_may_be_kept(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run in lab.runs.values():
        if not run.has_weights:
            continue
        for most in (50_000, 400_000):
            monkeypatch.setattr(neurons, "ACTIVATION_BYTES", most)
            longest = neurons.longest_text(run)
            text = (BOOK.tunes[0].text * 100)[: longest + 1]
            engine = loaders.runs.engine(run)
            assert activations(engine, run.vocabulary, text[:-1]).nbytes <= most
            assert activations(engine, run.vocabulary, text).nbytes > most - 2_000


def test_internals_are_kept_as_far_as_there_is_room(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, made = lab.runs["lstm-8-embedding-4"], []
    text = BOOK.tunes[0].text
    one = neurons.activation_map(run, text).nbytes
    recent: Recent[Any] = Recent(3 * one, lambda found: found.nbytes)
    monkeypatch.setattr(neurons, "_activation_maps", lambda: recent)
    real = activations
    monkeypatch.setattr(neurons, "activations", lambda *args: made.append(1) or real(*args))
    for number in (1, 2, 3, 1, 2, 3):
        neurons.activation_map(run, text[:-number])
    assert len(made) == 3
    long = neurons.activation_map(run, text * 4)  # more than there is room for: given, not kept
    assert len(long.text) == 4 * len(text)
    assert recent.bytes_kept() <= 3 * one
    neurons.activation_map(run, text[:-1])
    assert len(made) == 4


def test_a_thousand_clicks_push_out_no_measurement_that_took_long(lab: Any) -> None:
    run = lab.runs["lstm-8-embedding-4"]
    neurons.keep_measured("minutes of work", run, "steering")
    for click in range(1_000):
        assert neurons.looked_up(lambda click=click: click, run, "select", click) == click
    assert neurons.measured(run, "steering") == "minutes of work"


def test_of_the_measurements_those_asked_for_last_are_kept(lab: Any) -> None:
    run = lab.runs["lstm-8-embedding-4"]
    neurons.keep_measured("asked for all along", run, "mine")
    for number in range(2 * neurons.MOST_MEASURED):
        neurons.keep_measured(number, run, "others", number)
        assert neurons.measured(run, "mine") == "asked for all along"
    assert neurons.measured(run, "others", 0) is None


# Corpora, networks, rules ------------------------------------------------------------------------


def test_ten_people_with_corpora_of_their_own_read_each_of_them_once(
    lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real = corpora.sources.load
    monkeypatch.setattr(corpora.sources, "load", lambda name: read.append(name) or real(name))
    names = [f"mine-{number}" for number in range(10)]
    for name in names:
        Tunebook(name, BOOK.tunes).write(lab.data / name)
    for name in 3 * names:
        assert corpora.tunebook(name).name == name
        corpora.quality_reference_now(name)
    assert read == names


def test_ten_networks_stay_ready_and_their_bytes_are_counted(
    places: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [
        add_run(places.checkpoints, ModelConfig(cell="lstm", hidden_size=8 + n), [2.0])
        for n in range(10)
    ]
    engines = [loaders.runs.engine(run) for run in runs]
    assert all(
        loaders.runs.engine(run) is engine for run, engine in zip(runs, engines, strict=True)
    )
    for engine, run in zip(engines, runs, strict=True):
        weights = sum(int(np.prod(shape)) for shape in run.shapes.values())
        assert engine.nbytes >= 4 * weights // 2  # the embedding is folded into a table


def test_the_rules_of_many_vocabularies_stay_within_their_bound() -> None:
    one = state_graph._BYTES_A_STATE * 400
    rules = grammar.Grammars(3 * one)
    texts = ["X:1\nM:4/4\nL:1/8\nK:C\n|:CDEF GABc|c2B2 A2G2:|\n" + chr(0x3B1 + n) for n in range(8)]
    for text in 2 * texts:
        vocabulary = Vocabulary.of([text])
        found = rules.of(vocabulary)
        assert rules.of(vocabulary) is found
        song = found.song(400)
        for character in text[:-1]:
            song.allowed()
            song.advance(character)
        kept = rules._kept
        assert next(reversed(kept)) == vocabulary
        assert sum(each.nbytes for each in list(kept.values())[:-1]) <= 3 * one
    assert len(rules._kept) < 8
    again = grammar.Grammars(256 << 20)
    made = [again.of(Vocabulary.of([text])) for text in texts]
    assert [again.of(Vocabulary.of([text])) for text in texts] == made


# Downloads ---------------------------------------------------------------------------------------


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[Hashable]:
    """Whose turn every file was made in."""
    found: list[Hashable] = []

    def song_file(text: str, provenance: Any, name: str, how: Playing, turn_of: Hashable) -> bytes:
        found.append(turn_of)
        return b"made"

    monkeypatch.setattr(loaders.music, "song_file", song_file)
    return found


@given(
    lengths=st.lists(st.integers(0, 30_000), max_size=40),
    seconds=st.floats(0, 2_000),
    formats=st.sets(st.sampled_from(downloads.FORMATS)).map(sorted),
)
def test_the_files_of_one_zip_are_bounded_before_the_first_is_made(
    lengths: list[int], seconds: float, formats: list[str]
) -> None:
    songs = [("C" * length, UNSAID) for length in lengths]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loaders.music, "seconds", lambda _: seconds)
        why = downloads.too_large(songs, formats)
    heard = min(seconds, 600) * 176_400 * len(songs)
    if "wav" in formats:
        assert bool(why) >= (heard > downloads.MOST_BYTES)
    if not {"wav", "flac", "svg", "musicxml"} & set(formats):
        assert not why
    assert not why or "choose other file types" in why


def test_what_is_too_large_is_refused_before_any_file_is_made(files: list[Hashable]) -> None:
    many = [(TUNE, UNSAID)] * 400
    assert downloads.too_large(many[:100], ["wav"]) == ""
    why = downloads.too_large(many, ["wav"])
    assert "200 MB" in why
    with pytest.raises(SongRNNError, match="200 MB"):
        downloads.archive(many, ["wav"])
    assert files == []


def test_an_archive_is_made_in_the_turn_of_whoever_asked_and_leaves_no_file(
    files: list[Hashable], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    two = [(TUNE, UNSAID), (TUNE + "d|\n", UNSAID)]
    with downloads.in_turn(two, ["mid", "wav"], Playing(), "anna") as made:
        assert isinstance(made, io.BufferedReader)  # what Streamlit takes without a copy
        assert made.read(2) == b"PK"
        assert list(tmp_path.glob("songs-*")) == []
    assert files == ["anna"] * 4


def test_who_waits_for_many_files_gets_no_more_and_others_do(
    files: list[Hashable], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each that waits keeps a thread of the server, of which there are so many."""
    monkeypatch.setattr(downloads, "_CALLERS", Callers(1))
    one = [(TUNE, UNSAID)]
    with downloads._CALLERS.one_more("anna"):
        for ask in (
            lambda: downloads.in_turn(one, ["mid"], Playing(), "anna"),
            lambda: downloads._one(TUNE, UNSAID, "mid", Playing(), "anna"),
        ):
            with pytest.raises(SongRNNError, match="still being made"):
                ask()
        with downloads.in_turn(one, ["mid"], Playing(), "ben"):
            assert files == ["ben"]
    with downloads.in_turn(one, ["mid"], Playing(), "anna"):
        assert files == ["ben", "anna"]


def test_a_file_is_made_in_the_turn_of_whoever_saw_its_button(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Hashable] = []

    class Noted:
        def submit(self, work: Callable[[], Any], *, asker: Hashable, is_long: bool) -> Any:
            asked.append(asker)
            return real.submit(work, asker=asker, is_long=is_long)

    real = music._orchestra()
    monkeypatch.setattr(music, "_orchestra", Noted)
    music.song_file(TUNE, None, "mid", turn_of="anna")
    music.song_file(TUNE + "d|\n", None, "mid")
    assert asked == ["anna", None]


# Segments ----------------------------------------------------------------------------------------


def test_pictures_of_several_people_are_each_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bytes] = []
    real = segmentation.open_picture

    def counted(data: bytes, *, page: int) -> Picture:
        opened.append(data)
        return real(data, page=page)

    recent: Recent[Picture] = Recent(segmentation.PICTURE_BYTES, lambda found: found.grey.nbytes)
    monkeypatch.setattr(segmentation, "_pictures", lambda: recent)
    monkeypatch.setattr(segmentation, "open_picture", counted)
    pages = []
    greys = [200, 210, 220, 230, 240, 250]
    for grey in greys:
        drawn = io.BytesIO()
        Image.new("L", (400, 300), grey).save(drawn, "PNG")
        pages.append(drawn.getvalue())
    for _ in range(3):
        found = [segmentation.picture(page, 1) for page in pages]
    assert opened == pages
    assert [int(each.grey[0, 0]) for each in found] == greys
    with pytest.raises(ValueError, match="read-only"):
        found[0].grey[0, 0] = 9
