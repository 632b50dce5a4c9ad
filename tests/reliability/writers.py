"""All that writes to a lab's folders, each as one action on a small lab, and how to tell a whole one.

`lab` makes the small lab; an action is done on it again and again, so each takes what an earlier
one, killed or refused, has left. What takes long and writes nothing (watching neurons, fitting) is
done once, by `ready`, for the run is the same in every lab.
"""

import functools
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from songrnn.cli.afterwards import afterwards, fit_recall, label_neurons
from songrnn.config import CorpusReference, ModelConfig, RunConfig, SampleConfig, TrainConfig
from songrnn.corpus.gathering import Limits
from songrnn.corpus.import_report import imported
from songrnn.corpus.importing import import_tunes
from songrnn.corpus.sources import load, stored
from songrnn.corpus.tunebook import Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import _UNFINISHED
from songrnn.folders import _LEFT
from songrnn.generation.phrases import CUTS
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.indexing import build_index
from songrnn.inspection.probes.building import build_probes
from songrnn.inspection.probes.stored import StoredProbes
from songrnn.paths import Places, checkpoints_directory, data_directory, using
from songrnn.quality import listening, typicality
from songrnn.quality.beginnings import SIZE, Beginnings
from songrnn.quality.beginnings_file import read_beginnings, write_beginnings
from songrnn.quality.typicality_file import read_typicality, write_typicality
from songrnn.recall.fitting import fit_run
from songrnn.recall.stored import read_gate
from songrnn.store.creating import create_run, delete_run
from songrnn.store.documents import Notes, now
from songrnn.store.jobs import KINDS, job_of, wishes_of
from songrnn.store.renaming import rename_run
from songrnn.store.runs import DamagedRun, Run, list_runs, open_run
from songrnn.store.samples import SampleSong, add_sample
from songrnn.store.songs import list_songs, new_song
from songrnn.store.trash import discarded_runs, restore_run
from songrnn.store.weights import write_weights
from songrnn.training.fine_tuning import create_fine_tuned, prepare_fine_tuning
from songrnn.training.loop import train
from songrnn.tuning.sweeps import forget_sweep, list_sweeps, note_sweep


def tunes(count: int) -> bytes:
    """A file of that many short tunes, each with a melody of its own."""
    rng = np.random.default_rng(7)
    texts = []
    for number in range(count):
        bars = ["".join(rng.choice(list("ABcdefga"), 8)) for _ in range(4)]
        texts.append(f"X:{number}\nT:Tune {number}\nM:4/4\nL:1/8\nK:D\n{'|'.join(bars)}|\n\n")
    return "".join(texts).encode()


@contextmanager
def lab(root: Path) -> Iterator[Places]:
    """A corpus `mine`, a finished run `there`, and everything written below `root`."""
    places = Places(root / "checkpoints", root / "data")
    with using(places):
        book, _ = import_tunes(("a.abc", tunes(60)), name="mine")
        run = create_run(config("there", book), Vocabulary.of(book.characters))
        for _ in train(run.config, tunebook=book, run=run):
            pass
        yield places


def config(name: str, book: Tunebook, **settings: object) -> RunConfig:
    """A run of six units that is trained in well under a second."""
    model = ModelConfig.parse(
        {"hidden_size": 6, "embedding_size": 4, "cell": settings.pop("cell", "gru")}
    )
    training = {"epochs": 2, "batch_size": 8, "window": 32, "precision": "fp32", **settings}
    return RunConfig(
        name=name,
        model=model,
        training=TrainConfig.parse(training),
        corpus=CorpusReference(name=book.name, sha256=book.sha256),
    )


def _new_run() -> None:
    book = load("mine")
    create_run(config("new", book), Vocabulary.of(book.characters), overwrite=True)


def _train() -> None:
    book = load("mine")
    names = [run.name for run in list_runs()]
    if "trained" not in names or open_run("trained").status.status == "finished":
        vocabulary = Vocabulary.of(book.characters)
        create_run(config("trained", book), vocabulary, overwrite=True)
    run = open_run("trained")
    for _ in train(run.config, tunebook=book, run=run, resume=True, checkpoint_steps=5):
        pass


def _import() -> None:
    source = ("b.abc", tunes(40 if len(load("mine").tunes) > 50 else 60))
    import_tunes(source, name="mine", replace_existing=True)


def _song() -> None:
    run = open_run("there")
    song = new_song(
        run.name, "X:1\nK:D\nABc|\n", SampleConfig(), prime="", seed=1, stopped_by="end"
    )
    run.keep_song(song)
    run.change_song(song.model_copy(update={"star": True}))
    run.remove_song(song)


def _rename() -> None:
    if "there" in {run.name for run in list_runs()}:
        rename_run(open_run("there"), "renamed")
    rename_run(open_run("renamed"), "there")


def _delete() -> None:
    if "there" in {run.name for run in list_runs()}:
        delete_run("there")
    (place,) = (path for name, path in discarded_runs(checkpoints_directory()) if name == "there")
    restore_run(place)


def _weights() -> None:
    run = open_run("there")
    write_weights(run.path / "last.safetensors", run.weights())


def _sample() -> None:
    run = open_run("there")
    add_sample(run.path, SampleSong(epoch=os.getpid() % 1000, text="X:1\nK:D\nABc|\n"))


def _sweep() -> None:
    for record in list_sweeps():  # one of this very process would be refused
        forget_sweep(record)
    note_sweep("cells", ["there"], workers=1)


def _guess() -> None:
    guess = listening.Guess(
        run="there", temperature=1.0, seed=1, tune="0" * 12, machine_first=True, guessed_first=True,
        created=now(),
    )  # fmt: skip
    listening.keep(guess, data_directory())


def _app_import() -> None:
    """As the page does it: several uploads, limits, a progress that is looked at."""
    count = 40 if "uploaded" in stored() and len(load("uploaded").tunes) > 50 else 60
    import_tunes(
        [("a.abc", tunes(count)), ("notes.txt", b"no tune"), ("b.abc", b"X:1\nT:One\nK:D\nABc|\n")],
        name="uploaded",
        replace_existing=True,
        limits=Limits(seconds=600),
        progress=lambda what, share: None,
    )


@functools.cache
def _found(what: str) -> Any:
    """What a command that takes long finds out before it writes."""
    run, book = open_run("there"), load("mine")
    training, held = book.split("train"), book.split("validation")
    if what == "index":
        few = {"shifts": 20, "networks": 0, "training_characters": 2_000}
        return build_index(run, held, book.name, training=training, **few)
    if what == "probes":
        return build_probes(run, training, held)
    if what == "gate":
        return fit_run(run, [tune.text for tune in training])
    texts = [tune.text for tune in training]
    return typicality.fit(texts[::2], texts[1::2])


def _told(what: str) -> Callable[..., Any]:
    """The same, with the progress that the real function tells."""

    def answer(
        *_: object, progress: Callable[[str, float], None] | None = None, **__: object
    ) -> Any:
        for share in (0.0, 0.5) if progress else ():
            progress("Working", share)
        return _found(what)

    return answer


def _rank() -> None:
    with mock.patch("songrnn.inspection.indexing.build_index", _told("index")):
        label_neurons(open_run("there"), load("mine"))


def _recall() -> None:
    with mock.patch("songrnn.recall.fitting.fit_run", _told("gate")):
        fit_recall(open_run("there"), load("mine"))


def _probe() -> None:
    _found("probes").write(open_run("there").path)


def _typicality() -> None:
    found, settings = _found("typicality"), SampleConfig()
    write_typicality(
        open_run("there"), found, settings=settings, songs=20, tunes=20, told_apart=0.5
    )
    stages = len(CUTS) + 1
    beginnings = Beginnings(np.zeros((stages, SIZE)), np.zeros(stages))
    write_beginnings(open_run("there"), beginnings, settings=settings, songs=20, tunes=20)


def _fine_tune() -> None:
    """A run begun with the weights of another, trained, and what follows a training."""
    book = load("mine")
    names = [run.name for run in list_runs()]
    if "tuned" not in names or open_run("tuned").status.status == "finished":
        source = open_run("there")
        training = config("tuned", book, epochs=1).training
        tuning = prepare_fine_tuning(source, book)
        create_fine_tuned(
            tuning, book, name="tuned", model=source.config.model, training=training,
            neurons=True, overwrite=True,
        )  # fmt: skip
    run = open_run("tuned")
    for _ in train(run.config, tunebook=book, run=run, resume=True, checkpoint_steps=5):
        pass
    with mock.patch("songrnn.inspection.indexing.build_index", _told("index")):
        afterwards(open_run("tuned"), book)


# What is found out once before an action is done.
READY = {
    "rank neurons": "index", "probe": "probes", "fit recall": "gate",
    "learn what is typical": "typicality", "fine-tune": "index",
}  # fmt: skip


def ready(action: str) -> None:
    """Do what an action would do for long without writing."""
    if action in READY:
        _found(READY[action])


ACTIONS: dict[str, Callable[[], object]] = {
    "make a run": _new_run,
    "train": _train,
    "replace a corpus": _import,
    "keep, star and remove a song": _song,
    "note": lambda: open_run("there").write_notes(Notes(text="a", star=True)),
    "delete and take back": _delete,
    "rename there and back": _rename,
    "write weights": _weights,
    "add a sample": _sample,
    "keep a guess": _guess,
    "note a sweep": _sweep,
    "import in the app": _app_import,
    "rank neurons": _rank,
    "probe": _probe,
    "fit recall": _recall,
    "learn what is typical": _typicality,
    "fine-tune": _fine_tune,
}


def check() -> None:
    """Everything can be read: no run is damaged, nothing half made is listed."""
    found = list_runs()
    damaged = [run.reason for run in found if isinstance(run, DamagedRun)]
    assert not damaged, damaged
    if not found:  # it was deleted, and can be restored
        assert [name for name, _ in discarded_runs(checkpoints_directory())] == ["there"]
    for run in found:
        assert not isinstance(run, DamagedRun)
        run.history(), run.notes(), run.status, run.summary
        if run.has_weights:
            run.weights()
        assert len(run.songs()) == len(list_songs(run.path))
        (
            NeuronIndex.read(run.path),
            StoredProbes.read(run.path),
            read_gate(run),
            read_typicality(run),
            read_beginnings(run),
        )
        wishes_of(run)
        assert all(job is None or job.status != "running" for job in jobs_of(run))
    assert set(stored()) <= {"mine", "uploaded"}
    assert len(load("mine").tunes) in (40, 60)
    for name in set(stored()) - {"mine"}:
        assert len(load(name).tunes) in (41, 61)
    assert {report.name for report in imported()} == set(stored())
    list_sweeps()


def jobs_of(run: Run) -> list[Any]:
    """The work noted in a run's folder."""
    return [job_of(run, kind) for kind in KINDS]


def leftovers(root: Path) -> list[Path]:
    """What was being made or replaced and is there still; what is in the trash left out."""
    return sorted(
        path
        for path in root.rglob(".*")
        if (_UNFINISHED.fullmatch(path.name) or _LEFT.fullmatch(path.name)) and "@" not in str(path)
    )


def finish(root: Path, action: Callable[[], object]) -> list[Path]:
    """Do the action once more, as somebody does later; what is left even then."""
    long_ago = time.time() - 2 * 3600
    for path in leftovers(root):
        os.utime(path, (long_ago, long_ago))
    action()
    return leftovers(root)
