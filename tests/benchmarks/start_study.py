"""The study "Start from nothing or from best?": five regions of the Essen collection.

    python tests/benchmarks/start_study.py [--seeds 3]

Each region's songs become a corpus data/essen-<region>, kin of folk's training tunes left out.
Each is learned from `best` (recipe fine-tune) and from nothing (recipes small and baseline), one
training after the other, all regions of the first seed first; what is finished is not trained
again. The runs are called start-<region>-from-best, -from-nothing and -from-nothing-baseline. Their
weights, made of a collection for non-commercial use, are not for sharing: `--ready FOLDER` copies
what may be, the settings and the histories.
"""

import argparse
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

from songrnn.cli.afterwards import note_baselines
from songrnn.config import RunConfig
from songrnn.config.recipes import RECIPES
from songrnn.corpus.baselines import measure_baselines
from songrnn.corpus.shipped_cleaning import clean, decode, raw_tunes
from songrnn.corpus.sources import assemble, load, music21_corpus
from songrnn.corpus.tunebook import Failure, Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import CorpusError, RunNotFoundError
from songrnn.lineage.kin import kin, melodies_of
from songrnn.lineage.learned import learned_by
from songrnn.paths import data_directory
from songrnn.store.creating import create_run
from songrnn.store.runs import Run, list_runs, open_run
from songrnn.training.fine_tuning import create_fine_tuned, prepare_fine_tuning
from songrnn.training.loop import train
from songrnn.training.planning import training_characters
from songrnn.tuning.start_study import REGIONS, STARTS, STUDY, run_name

SOURCE = "best"
SHARED = ("run.json", "status.json", "summary.json", "baselines.json", "history.jsonl*")


def region(name: str) -> Tunebook:
    """The corpus of a region, built once."""
    corpus = f"essen-{name}"
    if (data_directory() / corpus / "corpus.json").exists():
        return load(corpus)
    path = music21_corpus() / "essenFolksong" / REGIONS[name].file
    found, failures = [], []
    for raw in raw_tunes(decode(path.read_bytes())):
        try:
            found.append((clean(raw), path.name))
        except CorpusError as error:
            failures.append(Failure(path.name, "", "", str(error)))
    book = assemble(corpus, found, failures)
    known = kin(learned_by(open_run(SOURCE)).melodies, melodies_of(book.tunes))
    # A family goes as a whole, lest a tune stay whose kin's kin was known.
    gone = {tune.family for tune, one in zip(book.tunes, known, strict=True) if one}
    book = replace(book, tunes=tuple(tune for tune in book.tunes if tune.family not in gone))
    book.write(data_directory() / corpus)
    return book


def prepared(name: str, start: str, seed: int, book: Tunebook) -> Run | None:
    """The run to train; None when it is finished."""
    called = run_name(name, start, seed)
    try:
        run = open_run(called)
        return None if run.status.status == "finished" else run
    except RunNotFoundError:
        pass
    recipe = RECIPES[STARTS[start].recipe]
    if start != "best":
        model, training = recipe.configs(training_characters(book))
        config = RunConfig(
            name=called, study=STUDY, seed=seed, model=model, training=training,
            corpus=book.reference,
        )  # fmt: skip
        return create_run(config, Vocabulary.of(book.characters))
    source = open_run(SOURCE)
    model, training = recipe.configs(training_characters(book), source.config.model)
    return create_fine_tuned(
        prepare_fine_tuning(source, book), book, name=called, study=STUDY, seed=seed,
        model=model, training=training,
    )  # fmt: skip


def ready(folder: Path) -> None:
    """Copy what may be shared of the finished runs: all but what was learned."""
    for run in list_runs():
        if isinstance(run, Run) and run.config.study == STUDY and run.status.status == "finished":
            note_baselines(run, load(run.config.corpus.name))
            (folder / run.name).mkdir(parents=True, exist_ok=True)
            for path in (path for name in SHARED for path in run.path.glob(name)):
                shutil.copyfile(path, folder / run.name / path.name)


def main() -> int:
    """Train what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--ready", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    if given.ready:
        ready(given.ready)
        return 0
    seeds = given.seeds
    for seed in range(seeds):
        for name in REGIONS:
            book = region(name)
            baselines = measure_baselines(book)
            if not seed:
                print(name, len(book.tunes), baselines["validation"]["ppmd_12"], flush=True)
            for start in STARTS:
                run = prepared(name, start, seed, book)
                if run is None:
                    continue
                began = time.monotonic()
                for _ in train(run.config, tunebook=book, run=run, resume=True):
                    pass
                if run.status.status != "finished":
                    return 130  # interrupted; the same command goes on from there
                note_baselines(run, book)
                summary = run.summary
                assert summary is not None
                print(
                    f"{run.name}: {summary.best_validation_bits_per_character:.4f} bits at epoch "
                    f"{summary.best_epoch:g} of {summary.epochs:g}, "
                    f"{time.monotonic() - began:.0f} s, {time.strftime('%H:%M:%S')}",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
