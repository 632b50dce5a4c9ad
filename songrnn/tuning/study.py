"""A study: one setting varied, everything else alike, several seeds, one planned contrast.

What is varied can also be a recipe: several settings that go together, under a name. It is a
small TOML document that expands into run configurations. Which runs belong to it is decided by
their configuration, not by their name or by who started them, so a cell shared by
several studies is trained once. Nothing here trains or reads a run's folder.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from songrnn.config import (
    SETTINGS,
    USUAL_CORPUS,
    CorpusReference,
    ModelConfig,
    RunConfig,
    TrainConfig,
    Value,
    check_run_name,
    default_run_name,
    setting_values,
    with_settings,
)
from songrnn.disk import read_bytes
from songrnn.errors import ConfigError

_STUDIES = Path(__file__).parent / "studies"
_SHIPPED = ("cells", "hidden", "dropout", "initialization", "normalization", "ingredients")

# What `vary` says where named recipes are compared instead of values of one setting.
RECIPE = "recipe"


class Difference(BaseModel):
    """Planned contrast: the loss with value `first` minus that with `second`, paired by seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["difference"] = "difference"
    first: Value
    second: Value


class Slope(BaseModel):
    """Planned contrast: each seed's slope of the loss over the setting's values.

    per: the step of the setting that the slope is quoted for, so that it reads well.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: Literal["slope"] = "slope"
    per: float = Field(default=1.0, gt=0)


class Against(BaseModel):
    """Planned contrasts: the loss with each other value minus that with `base`, paired by seed.

    Their intervals hold for all of them together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["against"] = "against"
    base: Value


class Study(BaseModel):
    """One setting varied over values and seeds, from a base of settings all runs share.

    vary: a field of ModelConfig or TrainConfig, or `recipe`. recipes: for the latter, name -> the
    settings that differ from the base; the names are the values. name: the file's name without
    ending. variant: what tells the names of its runs from those of the study it was made of.
    note: what a reader of the answer has to know about the runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    variant: str = ""
    title: str
    question: str
    note: str = ""
    corpus: str = USUAL_CORPUS
    model: ModelConfig = ModelConfig()
    training: TrainConfig = TrainConfig()
    vary: str
    recipes: dict[str, dict[str, Value]] = {}
    values: Annotated[tuple[Value, ...], Field(min_length=1)]
    seeds: Annotated[tuple[int, ...], Field(min_length=1)]
    contrast: Annotated[Difference | Slope | Against, Field(discriminator="kind")]

    @model_validator(mode="before")
    @classmethod
    def _recipes_are_the_values(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("vary") == RECIPE:
            return {**data, "values": tuple(data.get("recipes", ()))}
        return data

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        check_run_name(self.name)
        varied = {setting for recipe in self.recipes.values() for setting in recipe}
        if self.vary != RECIPE:
            varied.add(self.vary)
        if unknown := sorted(varied - SETTINGS.keys()):
            raise ValueError(f"there is no setting {unknown[0]!r} to vary")
        settings = [self._settings(value) for value in self.values]
        if len(set(self.values)) < len(settings):
            raise ValueError("a value is listed twice")
        if len(set(self.seeds)) < len(self.seeds) or min(self.seeds) < 0:
            raise ValueError("the seeds must be different numbers from 0")
        if isinstance(self.contrast, Difference):
            for value in (self.contrast.first, self.contrast.second):
                if value not in self.values:
                    raise ValueError(f"the contrast names {value!r}, which is not a value")
        elif isinstance(self.contrast, Against):
            if self.contrast.base not in self.values or len(self.values) < 2:
                raise ValueError(
                    f"the contrast needs its base {self.contrast.base!r} and another value"
                )
        elif any(isinstance(value, str) for value in self.values) or len(self.values) < 2:
            raise ValueError("a slope needs at least two numbers as values")
        return self

    def _settings(self, value: Value) -> tuple[ModelConfig, TrainConfig]:
        """The settings of the runs with that value of the varied setting."""
        changes = self.recipes[str(value)] if self.vary == RECIPE else {self.vary: value}
        return with_settings(setting_values(self.model, self.training) | changes)

    @cached_property
    def _cells(self) -> dict[tuple[ModelConfig, TrainConfig], Value]:
        """The value for each of the settings that runs of the study have."""
        return {self._settings(value): value for value in self.values}

    def _run_name(self, value: Value, seed: int) -> str:
        """A run's name: of its settings, or of study and recipe where those would be too many."""
        if self.vary != RECIPE:
            return default_run_name(*self._settings(value), seed, self.corpus)
        words = re.sub(r"[^a-z0-9.]+", "-", str(value).lower()).strip("-")
        place = "" if self.corpus == USUAL_CORPUS else f"-on-{self.corpus}"
        return f"{self.name}-{words}{self.variant}{place}" + (f"-seed-{seed}" if seed else "")

    def at_epochs(self, epochs: int) -> "Study":
        """The same study trained for another number of epochs."""
        data = self.model_dump()
        if epochs != self.training.epochs:
            data["variant"] = f"-epochs-{epochs}"
        data["training"]["epochs"] = epochs
        return Study.model_validate(data)

    def with_first_seeds(self, count: int) -> "Study":
        """The same study with its first `count` seeds, with all of them where it has fewer."""
        return self.with_seeds(min(count, len(self.seeds)))

    def with_seeds(self, count: int) -> "Study":
        """The same study with its first `count` seeds; ConfigError when it has fewer."""
        if not 1 <= count <= len(self.seeds):
            raise ConfigError(
                f"The study {self.name} has {len(self.seeds)} seeds; ask for 1 to "
                f"{len(self.seeds)}, not {count}."
            )
        return self.model_copy(update={"seeds": self.seeds[:count]})

    def expand(self, corpus: CorpusReference) -> list[RunConfig]:
        """All runs of the study, every setting of the first seed first.

        In that order a study that was interrupted still compares all settings.
        """
        runs = []
        for seed in self.seeds:
            for value in self.values:
                model, training = self._settings(value)
                runs.append(
                    RunConfig(
                        name=self._run_name(value, seed),
                        study=self.name,
                        seed=seed,
                        model=model,
                        training=training,
                        corpus=corpus,
                    )
                )
        return runs

    def value_of(self, config: RunConfig) -> Value:
        """The run's value of the varied setting."""
        return self._cells[config.model, config.training]

    def has_value(self, config: RunConfig) -> bool:
        """Whether the run's settings are among those that the study compares."""
        return (config.model, config.training) in self._cells

    def members(self, configs: Iterable[RunConfig]) -> list[RunConfig]:
        """Those of `configs` that belong to the study, in the order of `expand`.

        Only runs on one build of the corpus are comparable: where several are present, the one
        with most members is taken. Of two runs with one configuration and seed, the one that
        bears the study's own name counts, so that a repetition is not taken for a seed more.
        """
        best: list[RunConfig] = []
        alike = [config for config in configs if self._may_contain(config)]
        for corpus in {config.corpus for config in alike}:
            found: dict[str, list[RunConfig]] = {}
            for config in sorted(alike, key=lambda config: config.name):
                found.setdefault(configuration_hash(config), []).append(config)
            wanted = [configuration_hash(config) for config in self.expand(corpus)]
            members = [self._representative(found[key]) for key in wanted if key in found]
            if (len(members), corpus.sha256) > (len(best), best[0].corpus.sha256 if best else ""):
                best = members
        return best

    def _may_contain(self, config: RunConfig) -> bool:
        """Whether a run could belong, told without hashing it: most of many cannot."""
        return (
            (config.model, config.training) in self._cells
            and config.seed in self.seeds
            and config.corpus.name == self.corpus
        )

    def _representative(self, runs: list[RunConfig]) -> RunConfig:
        """Of runs that are alike the one named as the study names it, else the first."""
        if len(runs) > 1:
            for run in runs:
                if run.name == self._run_name(self.value_of(run), run.seed):
                    return run
        return runs[0]


@lru_cache(maxsize=8192)
def configuration_hash(config: RunConfig) -> str:
    """Sha256 over all that decides a training: the configuration without name and study."""
    data = config.model_dump(mode="json", exclude={"name", "study"})
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def merge(expansions: Sequence[Sequence[RunConfig]]) -> list[RunConfig]:
    """The runs of several studies, each once, all settings of the lowest seed first."""
    seen: dict[str, RunConfig] = {}
    for runs in expansions:
        for config in runs:
            seen.setdefault(configuration_hash(config), config)
    return sorted(seen.values(), key=lambda config: config.seed)


def shipped_studies() -> list[Study]:
    """The studies that come with the lab, in the order in which their questions are asked."""
    return [read_study(_STUDIES / f"{name}.toml") for name in _SHIPPED]


def studies_among(configs: Sequence[RunConfig]) -> dict[str, Study]:
    """Name -> study: the shipped ones, and those of them trained for another number of epochs.

    The latter are named like `cells-epochs-1`; they are found by the `study` their runs note.
    """
    found = {study.name: study for study in shipped_studies()}
    for name, study in list(found.items()):
        others = {
            config.training.epochs
            for config in configs
            if config.study == name and config.training.epochs != study.training.epochs
        }
        for epochs in sorted(others):
            variant = study.at_epochs(epochs)
            if variant.members(configs):
                found[f"{name}-epochs-{epochs}"] = variant
    return found


def find_study(name: str) -> Study:
    """A shipped study by its name, or the one in a TOML file; ConfigError if there is none."""
    path = Path(name) if name.endswith(".toml") else _STUDIES / f"{name}.toml"
    if path.exists():
        return read_study(path)
    if name.endswith(".toml"):
        raise ConfigError(f"There is no file {name}.")
    names = ", ".join(study.name for study in shipped_studies())
    raise ConfigError(f"There is no study {name!r}; choose from {names}, or name a .toml file.")


# Bytes; a study is a page of text.
_LARGEST = 1 << 20


def read_study(path: Path) -> Study:
    """Read a study's TOML document; ConfigError says what is wrong in which file."""
    try:
        data: dict[str, Any] = tomllib.loads(read_bytes(path, most=_LARGEST).decode())
        return Study.model_validate(data | {"name": path.stem})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is not a TOML document: {error}.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{path}: {f'{field}: ' if field else ''}{message}.") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
