"""No file is written that could not be read again: what its reader takes at most, its writer keeps to."""

import importlib
import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import songrnn
from songrnn.config import CorpusReference, ModelConfig, RunConfig, SampleConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import LARGEST_DOCUMENT, Journal, read_bytes, replace_file
from songrnn.errors import DamagedRunError, TooLargeError
from songrnn.inspection.cross_corpus import CheckedLabel, CrossCorpusCheck
from songrnn.quality.listening import Guess, keep, kept
from songrnn.quality.temperature_file import Row, TemperatureStudy
from songrnn.store import history
from songrnn.store.creating import create_run
from songrnn.store.documents import Document, HistoryRow, Notes
from songrnn.store.runs import Run
from songrnn.store.samples import SampleSong, add_sample, read_samples
from songrnn.store.songs import KeptSong, list_songs, new_song, write_song
from songrnn.store.views import SavedView, read_views, save_view

MANY = 17 << 20


def kinds(parent: type[Document] = Document) -> list[type[Document]]:
    return [each for child in parent.__subclasses__() for each in (child, *kinds(child))]


for found in pkgutil.walk_packages(songrnn.__path__, "songrnn."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
KINDS = [kind for kind in kinds() if kind.__module__.startswith("songrnn.")]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path))
    config = RunConfig(
        name="mine",
        model=ModelConfig(hidden_size=4, embedding_size=2),
        corpus=CorpusReference(name="none", sha256="0" * 64),
    )
    return create_run(config, Vocabulary.of("abc\n"))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("compact", [False, True])
def test_a_document_is_refused_from_the_byte_on_at_which_its_reader_refuses_it(
    kind: type[Document], compact: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = kind.model_construct()
    size = len(made.to_json(compact=compact))
    path = tmp_path / "file.json"
    path.write_bytes(made.to_json(compact=compact))

    def read() -> str:
        try:
            kind.read(path)
        except DamagedRunError as error:
            return str(error)
        return ""

    monkeypatch.setattr(kind, "largest", size)
    assert len(made.to_json(compact=compact)) == size
    assert "at most" not in read()
    monkeypatch.setattr(kind, "largest", size - 1)
    with pytest.raises(TooLargeError, match=f"at most {size - 1:,} can be read again"):
        made.to_json(compact=compact)
    path.touch()
    assert "at most" in read()


def test_all_kinds_are_looked_at() -> None:
    names = {kind.__name__ for kind in KINDS}
    assert {"Notes", "KeptSong", "RunDocument", "SavedViews", "SweepRecord", "NetDocument"} <= names
    assert all(kind.to_json is Document.to_json for kind in KINDS)


@examples(max_examples=30, deadline=None)
@given(
    letter=st.sampled_from(["a", '"', "é", "𝄞", "\n"]),
    size=st.integers((1 << 20) - 200, (1 << 20) + 200),
)
def test_notes_are_read_as_they_were_written_or_not_written(
    tmp_path_factory: pytest.TempPathFactory, letter: str, size: int
) -> None:
    path = tmp_path_factory.mktemp("notes") / "notes.json"
    notes = Notes(text=letter * (size // len(letter.encode())))
    try:
        replace_file(path, notes.to_json(), durable=False)
    except TooLargeError:
        assert len(notes.model_dump_json().encode()) > (1 << 20) - 300
        return
    assert Notes.read(path) == notes


def test_too_long_notes_leave_those_before_and_are_refused_in_a_sentence(run: Run) -> None:
    run.write_notes(Notes(text="a few words", tags=("mine",)))
    with pytest.raises(TooLargeError, match="The tags and the note of a run would have 1,1"):
        run.write_notes(Notes(text="x" * 1_100_000))
    assert run.notes() == Notes(text="a few words", tags=("mine",))


def test_notes_that_cannot_be_read_are_not_written_over(run: Run) -> None:
    path = run.path / "notes.json"
    for data in (b"{", b" " * 1_100_000):
        path.write_bytes(data)
        with pytest.raises(DamagedRunError, match=r"notes\.json"):
            run.write_notes(Notes(star=True))
        assert path.read_bytes() == data


def a_song(run: Run, text: str) -> KeptSong:
    return new_song(run.name, text, SampleConfig(), prime="", seed=1, stopped_by="end")


def a_study(reason: str) -> TemperatureStudy:
    real = Row(temperature=None, songs=1, figures={})
    return TemperatureStudy(
        run="mine", corpus="c", songs=1, seed=0, limit=9, whole_bars=True, rows=(real,),
        suggested=None, reason=reason,
    )  # fmt: skip


def a_check(label: str) -> CrossCorpusCheck:
    labels = (CheckedLabel("hidden", 0, 0, label, "reads", 0.5, 9, None, 0),)
    return CrossCorpusCheck("essen", "validation", 1, 0, 9, 4, "0" * 64, labels)


def a_guess(run: str) -> Guess:
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    return Guess(
        run=run, temperature=1, seed=0, tune="t", machine_first=True, guessed_first=True,
        created=moment,
    )  # fmt: skip


def read_study(run: Run) -> object:
    study = TemperatureStudy.read(run.path)
    return None if study is None else study.reason


def read_check(run: Run) -> object:
    check = CrossCorpusCheck.read(run.path, "essen")
    return None if check is None else check.labels[0].label


Write, Read = Callable[[Run, str], object], Callable[[Run], object]
FILES: dict[str, tuple[Write, Read]] = {
    "song": (
        lambda run, text: write_song(run.path, a_song(run, text)),
        lambda run: [song.text for song in list_songs(run.path)],  # type: ignore[union-attr]
    ),
    "sample": (
        lambda run, text: add_sample(run.path, SampleSong(epoch=len(text), text=text)),
        lambda run: list(read_samples(run.path).values()),
    ),
    "guess": (
        lambda run, text: keep(a_guess(text), run.path),
        lambda run: [guess.run for guess in kept(run.path)],
    ),
    "study of temperature": (lambda run, text: a_study(text).write(run.path), read_study),
    "check on another corpus": (lambda run, text: a_check(text).write(run.path), read_check),
    "view": (
        lambda run, text: save_view(SavedView(name="v", choices={"a": text}), run.path),
        lambda run: [view.choices for view in read_views(run.path)],
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_what_would_be_too_large_leaves_the_file_as_it_was(run: Run, name: str) -> None:
    write, read = FILES[name]
    write(run, "short")
    before, files = read(run), sorted(run.path.rglob("*"))
    assert "short" in str(before)
    with pytest.raises(TooLargeError, match="can be read again"):
        write(run, "x" * MANY)
    assert read(run) == before
    assert sorted(run.path.rglob("*")) == files


def test_a_history_takes_no_row_that_it_could_not_give_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LARGEST", 1000)
    path = tmp_path / history.HISTORY
    row = HistoryRow(step=1, epoch=1, split="train", loss=1, bits_per_character=1, seconds=1)
    open_history = history.History(path)
    fitting = 1000 // len(row.to_line() + b"\n")
    for _ in range(fitting):
        open_history.append(row)
    with pytest.raises(TooLargeError):
        open_history.append(row)
    open_history.close()
    assert history.read_history(path) == [row] * fitting


def test_files_and_journals_take_what_readers_take_where_nothing_is_said(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, b" " * LARGEST_DOCUMENT, durable=False)
    assert len(read_bytes(path)) == LARGEST_DOCUMENT
    journal = Journal(path)
    with pytest.raises(TooLargeError):
        journal.append(b"")
    journal.close()
    with pytest.raises(TooLargeError):
        replace_file(path, b" " * (LARGEST_DOCUMENT + 1), durable=False)
    assert len(read_bytes(path)) == LARGEST_DOCUMENT
