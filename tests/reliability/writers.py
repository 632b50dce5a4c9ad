"""All that writes to a lab's folders, each as one action on a small lab, and how to tell a whole one.

`lab` makes the small lab; an action is done on it again and again, so each takes what an earlier
one, killed or refused, has left.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from songrnn.config import CorpusReference, ModelConfig, RunConfig, SampleConfig, TrainConfig
from songrnn.corpus.importing import import_tunes
from songrnn.corpus.sources import load, stored
from songrnn.corpus.tunebook import Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import _UNFINISHED
from songrnn.folders import _LEFT
from songrnn.paths import Places, checkpoints_directory, data_directory, using
from songrnn.quality import listening
from songrnn.store.creating import create_run, delete_run
from songrnn.store.documents import Notes, now
from songrnn.store.renaming import rename_run
from songrnn.store.runs import DamagedRun, list_runs, open_run
from songrnn.store.samples import SampleSong, add_sample
from songrnn.store.songs import list_songs, new_song
from songrnn.store.trash import discarded_runs, restore_run
from songrnn.store.weights import write_weights
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
    names = {run.name for run in list_runs()}
    old, new = ("there", "renamed") if "there" in names else ("renamed", "there")
    rename_run(open_run(old), new)


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


ACTIONS: dict[str, Callable[[], object]] = {
    "make a run": _new_run,
    "train": _train,
    "replace a corpus": _import,
    "keep, star and remove a song": _song,
    "note": lambda: open_run("there").write_notes(Notes(text="a", star=True)),
    "delete and take back": _delete,
    "write weights": _weights,
    "add a sample": _sample,
    "keep a guess": _guess,
    "note a sweep": _sweep,
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
    assert stored() == ["mine"]
    assert len(load("mine").tunes) in (40, 60)
    list_sweeps()


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
