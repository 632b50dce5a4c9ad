"""What follows a training: the baselines noted, recall fitted again, neurons labelled if wished.

Then the next training that waits is started.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from songrnn.cli.output import progress_bar

if TYPE_CHECKING:
    from songrnn.corpus.tunebook import Tunebook
    from songrnn.store.runs import Run


@contextmanager
def then_the_next() -> Iterator[None]:
    """When the block ends, however it does, start the trainings that waited for its place."""
    from songrnn.errors import SongRNNError
    from songrnn.training.waiting import start_waiting

    try:
        yield
    finally:
        with suppress(SongRNNError):  # the work is done; a window of the app starts the next
            start_waiting(ending=True)


def afterwards(run: "Run", book: "Tunebook") -> None:
    """Do what belongs to a finished run; nothing for one that is not."""
    from songrnn.store.jobs import forget_wishes, wishes_of

    if run.status.status != "finished":
        return
    try:
        note_baselines(run, book)
        remember_speed(run)
        wishes = wishes_of(run)
        if wishes.recall:
            fit_recall(run, book)
        if wishes.neurons:
            label_neurons(run, book)
    finally:  # who stops it, or reads why it failed, wishes it no longer
        forget_wishes(run)


def remember_speed(run: "Run") -> None:
    """Keep how fast this machine trained it, for estimates."""
    from songrnn.training.speed import remember

    summary, settings = run.summary, run.config.training
    if summary is not None and summary.duration_seconds:
        learned = summary.steps * settings.batch_size * settings.window
        remember(run.config.model, settings, learned / summary.duration_seconds)


def note_baselines(run: "Run", book: "Tunebook") -> None:
    """Keep the baselines of its tunes with a run, for when the corpus is gone."""
    from songrnn.corpus.baselines import measure_baselines
    from songrnn.disk import replace_file
    from songrnn.errors import CorpusError
    from songrnn.store.documents import RunBaselines
    from songrnn.store.runs import BASELINES

    with progress_bar("Measuring the baselines") as progress:
        try:
            found = measure_baselines(book, progress=progress)
        except CorpusError:
            return  # more characters than PPMd has bytes for
    document = RunBaselines(sha256=book.sha256, baselines=found)
    replace_file(run.path / BASELINES, document.to_json())


def fit_recall(run: "Run", book: "Tunebook") -> None:
    """Fit the gate of recall to the run's own tunes."""
    from songrnn.errors import CorpusError
    from songrnn.recall.fitting import fit_and_keep
    from songrnn.store.jobs import noted_job

    texts = [tune.text for tune in book.split("train")]
    with noted_job(run, "recall") as tell, progress_bar("Fitting recall") as show:

        def progress(words: str, share: float) -> None:
            tell(words, share)
            show(words, share)

        # Tunes that never say anything twice teach no recall.
        with suppress(CorpusError):
            fit_and_keep(run, texts, progress=progress)


def label_neurons(run: "Run", book: "Tunebook") -> None:
    """Find out what every neuron follows, with the settings that `songrnn neurons` has."""
    from songrnn.inspection.indexing import build_index
    from songrnn.store.jobs import noted_job

    with noted_job(run, "neurons") as tell, progress_bar("Neurons") as show:

        def progress(words: str, share: float) -> None:
            tell(words, share)
            show(words, share)

        index = build_index(
            run,
            book.split("validation"),
            book.name,
            training=book.split("train"),
            progress=progress,
        )
    index.write(run.path)
