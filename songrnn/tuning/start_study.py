"""The study "Start from nothing or from best?": small corpora learned in three ways, paired by seed.

Unlike other studies it varies what a training begins with, over several corpora: regions of the
Essen collection without the kin of folk's training tunes. The corpora are not shipped and neither
are the weights that learned from them; the runs' histories are. What is asked was planned: whether
a fine-tuned `best` needs fewer bits than PPMd, and than each network trained from nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from songrnn.config import RunConfig
from songrnn.errors import SongRNNError
from songrnn.statistics import Interval, mean_interval, paired_difference
from songrnn.store.runs import DamagedRun, Run
from songrnn.tuning.contrasts import FEWEST_SEEDS
from songrnn.tuning.sentences import plus_minus

STUDY = "start"
QUESTION = "Start from nothing or from best?"
# What is compared with a fine-tuned `best`, in the order of the sentence.
RIVALS = ("ppmd", "baseline", "small")


@dataclass(frozen=True)
class Region:
    """Songs of the Essen collection. file: of theirs in music21."""

    title: str
    file: str


REGIONS = {
    "kinder": Region("German children's songs", "kinder0.abc"),
    "altdeu": Region("Old German songs", "altdeu10.abc"),
    "lot": Region("Songs of Lorraine", "lot.abc"),
    "han": Region("Songs of the Han, China", "han1.abc"),
    "lux": Region("Songs of Luxembourg", "lux.abc"),
}


@dataclass(frozen=True)
class Start:
    """A way to begin. title: in a table. recipe: of `songrnn/config/recipes.py`. ending: of names."""

    title: str
    recipe: str
    ending: str


STARTS = {
    "best": Start("from best", "fine-tune", "from-best"),
    "small": Start("from nothing, small", "small", "from-nothing"),
    "baseline": Start("from nothing, baseline", "baseline", "from-nothing-baseline"),
}
# What is saved against each rival, as a column of a table is called.
SAVED = {"ppmd": "PPMd − best", "small": "small − best", "baseline": "baseline − best"}
_NAMES = {
    "ppmd": "PPMd",
    "baseline": "the recipe `baseline` from nothing",
    "small": "the recipe `small` from nothing",
}


def run_name(region: str, start: str, seed: int) -> str:
    """The name of a run of the study; start: a key of STARTS."""
    return f"start-{region}-{STARTS[start].ending}" + (f"-seed-{seed}" if seed else "")


@dataclass(frozen=True)
class Learned:
    """A region: start -> seed -> best validation loss, bits per character; and what PPMd needs."""

    title: str
    losses: Mapping[str, Mapping[int, float]]
    ppmd: float | None

    def mean(self, start: str) -> Interval | None:
        """The mean over the seeds of a start; None where there is no run."""
        found = self.losses.get(start)
        return mean_interval(list(found.values())) if found else None

    def saved(self, rival: str) -> Interval | None:
        """Bits per character that a rival needs more than a fine-tuned `best`, over the seeds.

        A network is paired by seed; PPMd, which has no seed, is the same number for each.
        """
        ours = self.losses.get("best", {})
        if rival == "ppmd":
            known = {} if self.ppmd is None else dict.fromkeys(ours, self.ppmd)
        else:
            known = dict(self.losses.get(rival, {}))
        seeds = sorted(ours.keys() & known.keys())
        if not seeds:
            return None
        return paired_difference([known[seed] for seed in seeds], [ours[seed] for seed in seeds])

    def row(self) -> dict[str, str | None]:
        """A row of a table, column -> words: the region, PPMd, each start's mean, what is saved."""
        return {
            "Region": self.title,
            "PPMd": None if self.ppmd is None else f"{self.ppmd:.3f}",
            **{about.title: _words(self.mean(start), "") for start, about in STARTS.items()},
            **{title: _words(self.saved(rival), "+") for rival, title in SAVED.items()},
        }


def _words(interval: Interval | None, sign: str) -> str | None:
    """`1.183 ± 0.012`; without an interval below three seeds."""
    if interval is None:
        return None
    value = f"{interval.estimate:{sign}.3f}".replace("-", "−")
    return f"{value} ± {interval.half_width:.3f}" if interval.n >= FEWEST_SEEDS else value


@dataclass(frozen=True)
class Starts:
    """What the study's finished runs say, region by region; runs: the names of all its runs."""

    regions: tuple[Learned, ...]
    runs: tuple[str, ...]

    def saved(self, rival: str) -> Interval | None:
        """The mean of the regions' savings, its interval over regions; None without any."""
        found = [one.estimate for region in self.regions if (one := region.saved(rival))]
        return mean_interval(found) if found else None

    @property
    def seeds(self) -> int:
        """How many seeds a start has, at most."""
        return max((len(s) for one in self.regions for s in one.losses.values()), default=0)

    @property
    def sentence(self) -> str:
        """What a fine-tuned `best` needs less or more than each rival, in Markdown."""
        parts = [part for rival in RIVALS if (part := self._against(rival))]
        if not parts:
            return "No region has a finished run of each kind yet, so nothing can be said."
        return (
            f"Fine-tuned on a region's songs, `best` needs {'; '.join(parts)} "
            f"(a character on validation, mean over regions, 95 % interval over regions, "
            f"{self.seeds} seeds each)."
        )

    def _against(self, rival: str) -> str | None:
        mean = self.saved(rival)
        if mean is None:
            return None
        each = [one for region in self.regions if (one := region.saved(rival))]
        fewer = sum(one.estimate > 0 for one in each)
        count = f"in {fewer} of {len(each)} regions"
        name = _NAMES[rival]
        if mean.n < 2:
            return f"{mean.estimate:+.2f} bits against {name} so far, one region only"
        size = plus_minus(abs(mean.estimate), mean.half_width)
        if not mean.excludes_zero:
            sign = "fewer" if mean.estimate > 0 else "more"
            return f"{size} bits {sign} than {name}, fewer {count}, which is no clear difference"
        if mean.estimate > 0:
            return f"{size} bits fewer than {name}, {count}"
        return f"{size} bits more than {name}, fewer {count}"


def start_of(config: RunConfig) -> str:
    """The key of STARTS that a run of the study belongs to, told by its settings."""
    if config.source is not None:
        return "best"
    return "baseline" if config.model.normalization == "none" else "small"


def starts(runs: Iterable[Run | DamagedRun]) -> Starts | None:
    """What the runs of the study say; None where there are none of them."""
    found: dict[str, dict[str, dict[int, float]]] = {}
    ppmd: dict[str, float] = {}
    names: list[str] = []
    corpora = {f"essen-{key}": key for key in REGIONS}
    for run in runs:
        if isinstance(run, DamagedRun) or run.config.study != STUDY:
            continue
        region = corpora.get(run.config.corpus.name)
        if region is None:
            continue
        names.append(run.name)
        best = run.status.best
        if run.status.status != "finished" or best is None:
            continue
        losses = found.setdefault(region, {}).setdefault(start_of(run.config), {})
        losses[run.config.seed] = best.bits_per_character
        if (bits := _ppmd(run)) is not None:
            ppmd[region] = bits
    if not names:
        return None
    regions = tuple(
        Learned(REGIONS[key].title, found[key], ppmd.get(key)) for key in REGIONS if key in found
    )
    return Starts(regions, tuple(names))


def _ppmd(run: Run) -> float | None:
    """What PPMd needs for its validation tunes, as kept with it."""
    try:
        return run.baselines().get("validation", {}).get("ppmd_12")
    except SongRNNError:
        return None
