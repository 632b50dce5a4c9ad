"""Every cache of the app, and nothing else.

Keys carry what makes a result stale (a run's name and the stamp of its files), so nothing needs
clearing. Everything kept is read-only: no hidden state ever lives on a cached engine. Heavy
libraries are imported by the functions of songrnn that need them, when they are called.
"""

import contextlib
import hashlib
import logging
import os
import threading
from collections import Counter
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from songrnn.config import CorpusReference, SampleConfig
from songrnn.corpus import sources
from songrnn.corpus.tunebook import SPLITS, Tunebook
from songrnn.errors import SongRNNError
from songrnn.generation.composer import compose
from songrnn.generation.export import Provenance, song_files
from songrnn.inspection.activations import ActivationMap, activations
from songrnn.inspection.cross_corpus import Check, file_of
from songrnn.inspection.index import FILE as NEURONS
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.similarity import Sample, sample
from songrnn.model.engine import Engine
from songrnn.notation.bars import right_bars
from songrnn.notation.headers import parse_key
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.paths import cache_directory, checkpoints_directory, data_directory
from songrnn.quality.reference import QualityReference, refer
from songrnn.store.runs import DamagedRun, Run, list_runs, open_run, run_table
from songrnn.store.songs import KeptSong

_building = threading.Lock()
_log = logging.getLogger(__name__)

# Pixels that a line of music is laid out for: alone on a page, and beside others.
WIDE = 860
NARROW = 440

# Measurements kept at once.
MOST_MEASURED = 64

Stamp = tuple[tuple[str, int, int], ...]


def stamp(folder: Path, *names: str) -> Stamp:
    """When and how large some files of a folder are: changes when they are written."""
    found = []
    for name in names:
        try:
            status = (folder / name).stat()
        except OSError:
            continue
        found.append((name, status.st_mtime_ns, status.st_size))
    return tuple(found)


# Runs ---------------------------------------------------------------------------------------


def runs() -> list[Run | DamagedRun]:
    """All runs, damaged ones too.

    Handles are lazy, so what they tell is read anew each time; which runs there are is looked at
    anew when the folder changed, and every two seconds.
    """
    root = checkpoints_directory()
    try:
        return _found(str(root), root.stat().st_mtime_ns)
    except OSError:
        return []


@st.cache_resource(max_entries=4, ttl=2, show_spinner=False)
def _found(root: str, changed: int) -> list[Run | DamagedRun]:
    return list_runs(checkpoints=Path(root))


def run_rows() -> dict[str, dict[str, Any]]:
    """name -> the row of `songrnn runs list --json`, for the runs that can be read."""
    found = [run for run in runs() if isinstance(run, Run)]
    return _rows(found, _digest(found))


def _digest(found: list[Run]) -> str:
    """Changes with any run's status, which is written whenever something happened to it.

    One string, because Streamlit takes long to hash a thousand of them.
    """
    digest = hashlib.sha256()
    for run in found:
        with contextlib.suppress(OSError):
            status = os.stat(f"{run.path}/status.json")
            digest.update(f"{run.path} {status.st_mtime_ns} {status.st_size}\n".encode())
    return digest.hexdigest()


# Read again after a few seconds all the same: a process that dies writes nothing.
@st.cache_resource(max_entries=4, ttl=5, show_spinner=False)
def _rows(_runs: list[Run], digest: str) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in run_table(_runs) if row["status"] != "damaged"}


def history(run: Run) -> pd.DataFrame:
    """The run's history so far, the columns of HistoryRow."""
    return _history(run, str(run.path), stamp(run.path, "history.jsonl"))


@st.cache_data(max_entries=256, show_spinner=False)
def _history(_run: Run, path: str, key: Stamp) -> pd.DataFrame:
    return _run.history()


def engine(run: Run) -> Engine:
    """The run's weights, ready to step. It holds no state: states are passed in and out."""
    return _engine(run, str(run.path), stamp(run.path, "run.json", "weights.safetensors"))


@st.cache_resource(max_entries=4, show_spinner=False)
def _engine(_run: Run, path: str, key: Stamp) -> Engine:
    return Engine.of(_run)


def sample_song(run: Run) -> tuple[float, str] | None:
    """(epoch, text) of a song by the run's latest weights; None before the first validation.

    Always with the same seed and settings, so that one hears the training and not the dice.
    """
    key = stamp(run.path, "last.safetensors")
    last = run.status.last
    if not key or last is None:
        return None
    return last.epoch, _sample_song(run, str(run.path), key)


@st.cache_data(max_entries=16, show_spinner=False)
def _sample_song(_run: Run, path: str, key: Stamp) -> str:
    weights = _run.weights("last.safetensors")
    latest = Engine(_run.config.model, _run.vocabulary.size, weights)
    config = SampleConfig(temperature=0.7, limit=400)
    return compose(latest, _run.vocabulary, config=config, seed=1).text


def songs(run: Run) -> list[KeptSong]:
    """The songs kept with a run. Read anew each time: another window may have kept one."""
    return run.songs()


# Corpora ------------------------------------------------------------------------------------


def corpus_is_built(name: str) -> bool:
    """Whether the tunes of a corpus are there already."""
    return (data_directory() / name / "corpus.json").exists()


def built_corpora() -> list[str]:
    """Names of the corpora that are there, the default first, be it there or not."""
    found = [path.parent.name for path in data_directory().glob("*/corpus.json")]
    return ["folk", *sorted(set(found) - {"folk"})]


def build_corpus(name: str, progress: Callable[[str, float], None]) -> None:
    """Build a corpus once, however many windows ask for it. Raises CorpusError."""
    with _building:
        if not corpus_is_built(name):
            sources.load(name, progress=progress)


def tunebook(name: str) -> Tunebook:
    """The tunes of a corpus that is built. Raises CorpusError when it is damaged."""
    folder = data_directory() / name
    return _tunebook(name, str(folder), stamp(folder, "tunes.jsonl", "corpus.json"))


@st.cache_resource(max_entries=3, show_spinner="Reading the corpus …")
def _tunebook(name: str, path: str, key: Stamp) -> Tunebook:
    return sources.load(name)


def corpus_problem(reference: CorpusReference) -> str:
    """Why there is no comparing with the tunes a run was trained on, in words; "" when there is.

    They may be not built, damaged, or others by now under the same name.
    """
    if not corpus_is_built(reference.name):
        return f"The corpus {reference.name} is not here: open the Corpus page once, or import it."
    try:
        sources.check_build(tunebook(reference.name), reference)
    except SongRNNError as error:
        return str(error)
    return ""


def corpora() -> list[sources.CorpusEntry]:
    """The corpora there are, with their sources and licences."""
    return sources.available()


@dataclass(frozen=True, eq=False)
class CorpusFigures:
    """Counts of a corpus. splits and alphabet are tables; the rest is value -> number of tunes."""

    characters: int
    families: int
    splits: pd.DataFrame
    alphabet: pd.DataFrame
    meters: dict[str, int]
    keys: dict[str, int]
    rhythms: dict[str, int]
    lengths: tuple[int, ...]


def corpus_figures(name: str) -> CorpusFigures:
    """What the Corpus page counts."""
    return _corpus_figures(name, tunebook(name).sha256)


@st.cache_resource(max_entries=3, show_spinner=False)
def _corpus_figures(name: str, sha256: str) -> CorpusFigures:
    book = tunebook(name)
    letters: Counter[str] = Counter()
    holders: Counter[str] = Counter()
    for tune in book.tunes:
        letters.update(tune.text)
        holders.update(set(tune.text))
    total = letters.total()
    splits = [
        {
            "split": split,
            "tunes": len(tunes),
            "share": len(tunes) / max(1, len(book.tunes)),
            "characters": sum(len(tune.text) for tune in tunes),
            "families": len({tune.family for tune in tunes}),
        }
        for split in SPLITS
        for tunes in [book.split(split)]
    ]
    alphabet = [
        {
            "character": letter,
            "code": f"U+{ord(letter):04X}",
            "count": count,
            "share": count / total,
            "tunes": holders[letter],
        }
        for letter, count in letters.most_common()
    ]
    return CorpusFigures(
        characters=total,
        families=len({tune.family for tune in book.tunes}),
        splits=pd.DataFrame(splits),
        alphabet=pd.DataFrame(alphabet),
        meters=dict(Counter(tune.meter or "none" for tune in book.tunes)),
        keys=dict(Counter(_key_name(tune.key) for tune in book.tunes)),
        rhythms=dict(Counter(tune.rhythm.casefold() for tune in book.tunes if tune.rhythm)),
        lengths=tuple(len(tune.text) for tune in book.tunes),
    )


def _key_name(value: str) -> str:
    """One name for the ways a K: field writes a key: Am, A Minor and Amin are A minor."""
    key = parse_key(value).key
    if key is None or not key.tonic:
        return value or "none"
    accidental = {1: "♯", -1: "♭"}.get(key.accidental, "")
    return f"{key.tonic}{accidental} {key.mode}"


def baselines_of(reference: CorpusReference) -> dict[str, dict[str, float]] | None:
    """The baselines of the very tunes of a run; empty when those are not here."""
    return {} if corpus_problem(reference) else baselines(reference.name)


def baselines(name: str) -> dict[str, dict[str, float]] | None:
    """split -> {"ppmd_12": bits per character, …}; None while they are being measured.

    Measuring takes a while, so it happens in the background, once for each corpus. Empty when
    the corpus is not built or can't be measured: a chart without its baseline is still a chart.
    """
    folder = data_directory() / name
    if not corpus_is_built(name):
        return {}
    job = _baselines(name, str(folder), stamp(folder, "tunes.jsonl", "corpus.json"))
    if not job.done():
        return None
    return {} if job.exception() else job.result()


@st.cache_resource(max_entries=8, show_spinner=False)
def _baselines(name: str, path: str, key: Stamp) -> "Future[dict[str, dict[str, float]]]":
    workers = ThreadPoolExecutor(1, thread_name_prefix="baselines")
    job = workers.submit(_measure_baselines, name)
    workers.shutdown(wait=False)
    return job


def _measure_baselines(name: str) -> dict[str, dict[str, float]]:
    from songrnn.corpus.baselines import measure_baselines

    return measure_baselines(sources.load(name))


def quality_reference(name: str) -> QualityReference | None:
    """The reference of a corpus that is built; None while it is being made, once."""
    job = _quality_reference(name, tunebook(name).sha256)
    return job.result() if job.done() else None


def quality_reference_now(name: str) -> QualityReference:
    """The same, waited for."""
    return _quality_reference(name, tunebook(name).sha256).result()


@st.cache_resource(max_entries=3, show_spinner=False)
def _quality_reference(name: str, sha256: str) -> "Future[QualityReference]":
    workers = ThreadPoolExecutor(1, thread_name_prefix="quality")
    job = workers.submit(refer, tunebook(name), cache_directory())
    workers.shutdown(wait=False)
    return job


@dataclass(frozen=True)
class RightBars:
    """Of how many real tunes how many bars were judged, and the share found right."""

    share: float
    bars: int
    tunes: int


def human_right_bars(reference: CorpusReference) -> RightBars | None:
    """Right bars of the validation tunes of a run: the human value beside a machine's.

    None while the tunes are not here, or are still being read in the background.
    """
    if corpus_problem(reference):
        return None
    name = reference.name
    job = _human_right_bars(name, tunebook(name).sha256)
    return job.result() if job.done() and not job.exception() else None


@st.cache_resource(max_entries=8, show_spinner=False)
def _human_right_bars(name: str, sha256: str) -> "Future[RightBars | None]":
    workers = ThreadPoolExecutor(1, thread_name_prefix="bars")
    job = workers.submit(_count_right_bars, tunebook(name))
    workers.shutdown(wait=False)
    return job


def _count_right_bars(book: Tunebook) -> RightBars | None:
    tunes = book.split("validation")
    counts = [right_bars(read(tune.text)) for tune in tunes]
    bars = sum(whole for _, whole in counts)
    return RightBars(sum(right for right, _ in counts) / bars, bars, len(tunes)) if bars else None


# Songs --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Music:
    """A tune made visible and audible; what could not be made is named with its reason."""

    svg: str | None
    audio: Any
    missing: tuple[str, ...] = ()


@st.cache_resource(max_entries=64, show_spinner=False)
def reading(text: str) -> Reading:
    """The text read as ABC."""
    return read(text)


def music(text: str, instrument: str = "fiddle", width: int = WIDE) -> Music:
    """Staff and sound of a tune, made now if need be.

    Never raises for a tune that is odd: it says what is missing.
    """
    return music_later(text, instrument, width).result()


def music_is_ready(
    text: str, patience: float, instrument: str = "fiddle", width: int = WIDE
) -> bool:
    """Whether `music` answers at once, after waiting up to `patience` seconds for it."""
    done, _ = wait([music_later(text, instrument, width)], timeout=patience)
    return bool(done)


@st.cache_resource(max_entries=32, show_spinner=False)
def music_later(text: str, instrument: str = "fiddle", width: int = WIDE) -> "Future[Music]":
    """The same, made in the background: asking begins it."""
    return _orchestra().submit(_play, text, instrument, width)


@st.cache_resource(show_spinner=False)
def _orchestra() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="music")


def _play(text: str, instrument: str, width: int) -> Music:
    tune = read(text)
    missing: list[str] = []

    def attempt(name: str, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except SongRNNError as error:
            missing.append(str(error))
        except Exception:
            _log.exception("%s failed", name)
            missing.append(f"{name} could not be made; the terminal that runs the app says why.")
        return None

    return Music(
        svg=attempt("The staff", lambda: _engrave(tune, width)),
        audio=attempt("The sound", lambda: _render(tune, instrument)),
        missing=tuple(missing),
    )


def _engrave(tune: Reading, width: int) -> str:
    from songrnn.notation.engraving import engrave

    return engrave(tune, width=width)


def _render(tune: Reading, instrument: str) -> Any:
    from songrnn.notation.audio import render
    from songrnn.notation.score import to_midi

    return render(to_midi(tune), instrument=instrument, format="flac")


@st.cache_data(max_entries=64, show_spinner=False)
def song_file(
    text: str, provenance: Provenance | None, format: str, instrument: str = "fiddle"
) -> bytes:
    """One file of a song. Raises SongRNNError with the reason when it can't be made."""
    unsaid = Provenance("", SampleConfig(), 0, "")  # only .abc says where a song comes from
    made = song_files(text, provenance or unsaid, (format,), instrument=instrument)
    if format in made.missing:
        raise SongRNNError(made.missing[format])
    return made.files[format]


# Neurons ------------------------------------------------------------------------------------


def activation_map(run: Run, text: str) -> ActivationMap:
    """All internals of a run while it reads a text. Raises UnknownCharacterError."""
    key = stamp(run.path, "run.json", "weights.safetensors")
    return _activation_map(run, str(run.path), key, text)


@st.cache_resource(max_entries=8, show_spinner=False)
def _activation_map(_run: Run, path: str, key: Stamp, text: str) -> ActivationMap:
    return activations(engine(_run), _run.vocabulary, text)


def neuron_index(run: Run) -> NeuronIndex | None:
    """What inspection found in the run; None when it was not ranked yet or can't be read."""
    found = _neuron_index(str(run.path), stamp(run.path, NEURONS))
    return found if isinstance(found, NeuronIndex) else None


def neuron_index_problem(run: Run) -> str | None:
    """Why what inspection found cannot be read; None when it can, or there is nothing."""
    found = _neuron_index(str(run.path), stamp(run.path, NEURONS))
    return found if isinstance(found, str) else None


def neuron_checks(run: Run) -> list[Check]:
    """The labels of a run's index on other corpora, as far as they were checked and can be read."""
    index = neuron_index(run)
    if index is None:
        return []
    names = sorted(path.name for path in run.path.glob(file_of("*")))
    found = _neuron_checks(str(run.path), stamp(run.path, *names))
    return [check for check in found if check.weights == index.weights]


@st.cache_resource(max_entries=8, show_spinner=False)
def _neuron_checks(path: str, key: Stamp) -> list[Check]:
    found = []
    for name, *_ in key:
        corpus = name.removeprefix("neurons-").removesuffix(".json")
        with contextlib.suppress(SongRNNError):
            if (check := Check.read(Path(path), corpus)) is not None:
                found.append(check)
    return found


def has_neurons(run: Run) -> bool:
    """Whether inspection left something with the run."""
    return bool(stamp(run.path, NEURONS))


@st.cache_resource(max_entries=8, show_spinner=False)
def _neuron_index(path: str, key: Stamp) -> NeuronIndex | str | None:
    try:
        return NeuronIndex.read(Path(path))
    except SongRNNError as error:
        return str(error)


def neuron_sample(run: Run) -> Sample:
    """What the units did on some validation tunes of the run's corpus, which must be built."""
    key = stamp(run.path, "run.json", "weights.safetensors")
    return _neuron_sample(run, str(run.path), key, tunebook(run.config.corpus.name).sha256)


@st.cache_resource(max_entries=3, show_spinner="Reading a few tunes …")
def _neuron_sample(_run: Run, path: str, key: Stamp, sha256: str) -> Sample:
    tunes = tunebook(_run.config.corpus.name).split("validation")
    return sample(engine(_run), _run.vocabulary, tunes)


def measured(run: Run, *settings: Hashable) -> Any:
    """What was measured of a run with these settings, None when nothing was or it has changed."""
    return _measurements().get((*_trained(run), *settings))


def keep_measured(value: Any, run: Run, *settings: Hashable) -> None:
    """Remember a measurement that took long, for all sessions, among the last few dozen."""
    kept = _measurements()
    kept[*_trained(run), *settings] = value
    while len(kept) > MOST_MEASURED:
        kept.pop(next(iter(kept)), None)


def _trained(run: Run) -> tuple[Hashable, ...]:
    return str(run.path), stamp(run.path, "run.json", "weights.safetensors", NEURONS)


@st.cache_resource(show_spinner=False)
def _measurements() -> dict[tuple[Hashable, ...], Any]:
    return {}


def bits_per_character(run: Run, text: str, prime: int, *, ended: bool) -> float | None:
    """Mean surprisal of a run over a text after its first `prime` characters, in bits.

    END counts when the text `ended`. None when the run does not know a character of it.
    """
    if run.vocabulary.unknown(text):
        return None
    surprisal = activation_map(run, text).surprisal[prime : None if ended else -1]
    return float(surprisal.mean()) if len(surprisal) else None


def find_run(name: str) -> Run:
    """A run by name. Raises RunNotFoundError or DamagedRunError."""
    return open_run(name)
