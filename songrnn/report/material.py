"""What a report is made of: the runs chosen, the run it looks at closely, and what belongs to them.

Everything is loaded or measured when a section first asks for it, and once. What is not there (the
tunes, weights, an index of neurons) is None, and the section says so.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from songrnn.corpus.baselines import measure_baselines
from songrnn.corpus.sources import load_of
from songrnn.corpus.tunebook import Split, Tunebook
from songrnn.errors import ConfigError, SongRNNError
from songrnn.inspection.cross_corpus import CrossCorpusCheck
from songrnn.inspection.index import NeuronIndex
from songrnn.model.engine import Engine
from songrnn.paths import cache_directory
from songrnn.quality.reference import QualityReference, build_reference
from songrnn.quality.temperature_file import TemperatureStudy
from songrnn.segmentation.runs import SegmentationRun, list_segmentation_runs
from songrnn.store.runs import DamagedRun, Run, list_runs, open_run
from songrnn.training.evaluation import Evaluation, evaluate_run
from songrnn.tuning.answers import Answer, answer, study_table
from songrnn.tuning.study import Study, find_study, studies_among

# The run that is looked at closely where it is among those chosen.
USUAL_RUN = "lstm-150"
# What songs begin with unless something else is asked for.
USUAL_PRIME = "X:1\n"


@dataclass(frozen=True)
class Asked:
    """What a person asked for. runs, studies: names; all of them when empty. main: the run looked
    at closely, None for the usual choice. seed, prime: of the songs, prime being what they begin
    with."""

    runs: tuple[str, ...] = ()
    studies: tuple[str, ...] = ()
    main: str | None = None
    seed: int = 0
    prime: str = USUAL_PRIME


@dataclass(frozen=True, eq=False)
class Answered:
    """A study with its runs and what they answer."""

    study: Study
    answer: Answer
    runs: tuple[Run, ...]


class Material:
    """Runs, sorted by name; see `gather`."""

    def __init__(
        self,
        runs: Sequence[Run],
        main: Run,
        studies: Mapping[str, Study],
        *,
        segmentation_runs: Sequence[SegmentationRun] = (),
        damaged: Sequence[DamagedRun] = (),
        seed: int = 0,
        prime: str = USUAL_PRIME,
    ) -> None:
        self.runs = tuple(sorted(runs, key=lambda run: run.name))
        self.main = main
        self.studies = dict(studies)
        self.segmentation_runs = tuple(segmentation_runs)
        self.damaged = tuple(damaged)
        self.seed = seed
        self.prime = prime

    @functools.cached_property
    def answers(self) -> dict[str, Answered]:
        """Study -> its answer, for those of which at least two values have a finished run."""
        found = {}
        for name, study in self.studies.items():
            result = answer(study, study_table(study, self.runs))
            if len(result.groups) > 1:
                by_name = {run.name: run for run in self.runs}
                members = study.members(run.config for run in self.runs)
                found[name] = Answered(study, result, tuple(by_name[c.name] for c in members))
        return found

    @functools.cached_property
    def book(self) -> Tunebook | None:
        """The very tunes that the main run learned from; None when they are not here."""
        try:
            return load_of(self.main.config.corpus)
        except SongRNNError:
            return None

    @functools.cached_property
    def baselines(self) -> dict[str, dict[str, float]]:
        """Split -> name -> bits per character; empty without the tunes."""
        return {} if self.book is None else measure_baselines(self.book)

    def baseline_lines(self, split: Split = "validation") -> dict[str, float]:
        """PPMd and the best n-gram model: name -> bits per character."""
        found = self.baselines.get(split, {})
        lines = {"PPMd order 12": found["ppmd_12"]} if "ppmd_12" in found else {}
        grams = {name: bits for name, bits in found.items() if name.startswith("ngram_")}
        if grams:
            best = min(grams, key=lambda name: grams[name])
            lines[f"{best.removeprefix('ngram_')}-gram"] = grams[best]
        return lines

    @functools.cached_property
    def engine(self) -> Engine | None:
        """The main run's weights; None for a run with its history alone."""
        return Engine.of(self.main) if self.main.has_weights else None

    @functools.cached_property
    def test(self) -> Evaluation | None:
        """The main run's figures on the test tunes, which selected nothing."""
        if self.book is None or self.engine is None or not self.book.split("test"):
            return None
        return evaluate_run(self.main, self.book, "test")

    @functools.cached_property
    def reference(self) -> QualityReference | None:
        """What tells how new a song is; None without the tunes."""
        return (
            None
            if self.book is None
            else build_reference(self.book, cache_directory(), measured=False)
        )

    def index_of(self, run: Run) -> NeuronIndex | None:
        """What was found in a run's neurons, when it was of these very weights."""
        index = NeuronIndex.read(run.path)
        return index if index is not None and index.is_of(run) else None

    def checks_of(self, run: Run) -> tuple[CrossCorpusCheck, ...]:
        """The run's labels on other corpora, by the name of the corpus."""
        names = sorted(
            path.stem.removeprefix("neurons-") for path in run.path.glob("neurons-*.json")
        )
        found = (CrossCorpusCheck.read(run.path, name) for name in names)
        return tuple(check for check in found if check is not None)

    @functools.cached_property
    def temperature_studies(self) -> tuple[TemperatureStudy, ...]:
        """The temperature studies of the runs, the main run's first."""
        ordered = sorted(self.runs, key=lambda run: (run.name != self.main.name, run.name))
        found = (TemperatureStudy.read(run.path) for run in ordered)
        return tuple(study for study in found if study is not None)


def gather(asked: Asked, *, checkpoints: Path | None = None) -> Material:
    """The runs and studies asked for.

    Without names all runs that can be read; with studies alone, their runs. Raises
    RunNotFoundError, DamagedRunError, and ConfigError when there is no run or no such study.
    """
    found = list_runs(checkpoints=checkpoints)
    readable = [run for run in found if isinstance(run, Run)]
    damaged = [run for run in found if isinstance(run, DamagedRun)]
    nets = list_segmentation_runs(checkpoints=checkpoints)
    pages = [run for run in nets if isinstance(run, SegmentationRun)]
    damaged += [run for run in nets if isinstance(run, DamagedRun)]
    if asked.runs:
        pages = [run for run in pages if run.name in asked.runs]
        names = [name for name in dict.fromkeys(asked.runs) if name not in {p.name for p in pages}]
        readable = [open_run(name, checkpoints=checkpoints) for name in names]
        damaged = []
    configs = [run.config for run in readable]
    studies = studies_among(configs)
    if asked.studies:
        studies = {
            study.name: study
            for name in asked.studies
            for study in [studies.get(name) or find_study(name)]
        }
        members = {c.name for study in studies.values() for c in study.members(configs)}
        if not asked.runs:
            readable = [run for run in readable if run.name in members or run.name == asked.main]
    if not readable:
        raise ConfigError("There is no run to report on; train one with: songrnn train --epochs 5")
    main = _main(readable, asked.main, lambda name: open_run(name, checkpoints=checkpoints))
    return Material(
        readable,
        main,
        studies,
        segmentation_runs=pages,
        damaged=damaged,
        seed=asked.seed,
        prime=asked.prime,
    )


def _main(runs: Sequence[Run], asked: str | None, find: Callable[[str], Run]) -> Run:
    """The run asked for; else the usual one, else the best of those with weights, else the best."""
    if asked is not None:
        return next((run for run in runs if run.name == asked), None) or find(asked)

    def rank(run: Run) -> tuple[bool, bool, float, str]:
        best = run.status.best
        bits = best.bits_per_character if best is not None else float("inf")
        return run.name != USUAL_RUN, not run.has_weights, bits, run.name

    return min(runs, key=rank)
