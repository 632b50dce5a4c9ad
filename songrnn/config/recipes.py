"""Recipes: settings that go together, by name, and which of them fits a corpus.

`baseline` is the course's network, which learns a large corpus in minutes. On a few hundred tunes
it makes a few hundred steps and stops before it has learned them: `small` takes more and smaller
steps and guards against learning the tunes by heart. `fine-tune` is for the weights of another
run: few epochs, a low rate. `best` is what the run of that name was trained with.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from songrnn.config.network import ModelConfig
from songrnn.config.run import SETTINGS, setting_values, short_enough, with_settings
from songrnn.config.setting import Value
from songrnn.config.training import TrainConfig
from songrnn.errors import ConfigError

# Characters of training tunes below which a corpus is small: 20 epochs of the baseline are then
# fewer than 1,600 steps.
SMALL = 650_000
# Characters below which an epoch of 32 streams is a few steps only.
TINY = 100_000

# Settings that a fine-tuning may choose; the others are the shape of its source.
FREE = ("dropout", "weight_drop")


@dataclass(frozen=True)
class Recipe:
    """title: in a form. when: what it is for. settings: those that are not the default.

    tuned: it begins with another run's weights, whose shape it takes. steps: the least number of
    steps; on a corpus that makes fewer, it takes more epochs, at most `most_epochs`, and of less
    than TINY characters smaller batches.
    """

    name: str
    title: str
    when: str
    settings: Mapping[str, Value] = field(default_factory=dict)
    tuned: bool = False
    steps: int = 0
    most_epochs: int = 0

    def values(self, characters: int, source: ModelConfig | None = None) -> dict[str, Value]:
        """Field -> value of all settings.

        characters: of the training tunes. source: the shape of the run one starts from.
        """
        values = setting_values(source or ModelConfig(), TrainConfig()) | dict(self.settings)
        if source is not None and self.tuned and source.dropout:
            values["dropout"] = source.dropout  # what it has learned to live with
        if not self.steps:
            return values
        batch, epochs = int(values["batch_size"]), int(values["epochs"])
        if characters < TINY:
            batch //= 2
        steps = max(characters / (batch * int(values["window"])), 1)
        wanted = max(epochs, math.ceil(self.steps / steps))
        return values | {"batch_size": batch, "epochs": min(wanted, self.most_epochs)}

    def configs(
        self, characters: int, source: ModelConfig | None = None
    ) -> tuple[ModelConfig, TrainConfig]:
        """The same as configurations."""
        return with_settings(self.values(characters, source))


_CAREFUL: dict[str, Value] = {"averaging": 0.99, "transposition": 0.5, "batch_size": 32}

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "baseline",
            "Baseline",
            "the course's network: one layer of 150 units, 20 epochs; for a thousand tunes or more",
        ),
        Recipe(
            "small",
            "Small corpus",
            "the same network with dropout, tunes in other keys and more, smaller steps; for a few "
            "hundred tunes learned from nothing",
            _CAREFUL | {"dropout": 0.3, "normalization": "layer", "epochs": 60, "patience": 10},
            steps=1500,
            most_epochs=120,
        ),
        Recipe(
            "fine-tune",
            "Fine-tune",
            "a few epochs at a low rate from the weights of a trained run; for your own tunes, few or "
            "many",
            _CAREFUL | {"dropout": 0.2, "epochs": 10, "learning_rate": 3e-3, "patience": 5},
            tuned=True,
            steps=600,
            most_epochs=40,
        ),
        Recipe(
            "best",
            "Best",
            "two layers of 448 units with everything that helped on folk, 36 epochs; for a thousand "
            "tunes or more and an hour or two",
            {
                "layers": 2,
                "hidden_size": 448,
                "dropout": 0.4,
                "weight_drop": 0.2,
                "normalization": "layer",
                "epochs": 36,
                "batch_size": 32,
                "learning_rate": 4e-3,
                "weight_decay": 0.02,
                "averaging": 0.998,
                "transposition": 0.5,
            },
        ),
    )
}


def fitting_recipe(characters: int, *, tuned: bool = False) -> Recipe:
    """The recipe for a corpus of so many characters of training tunes.

    >>> fitting_recipe(70_000).name, fitting_recipe(900_000).name
    ('small', 'baseline')
    """
    if tuned:
        return RECIPES["fine-tune"]
    return RECIPES["small" if characters < SMALL else "baseline"]


def find_recipe(name: str, *, tuned: bool) -> Recipe:
    """The recipe of that name; ConfigError where there is none, or it does not fit the start."""
    if name not in RECIPES:
        raise ConfigError(f"There is no recipe {name!r}; choose from {', '.join(RECIPES)}.")
    recipe = RECIPES[name]
    if recipe.tuned and not tuned:
        raise ConfigError(
            "The recipe fine-tune begins with the weights of a run: name one with --from RUN."
        )
    if tuned and not recipe.tuned:
        raise ConfigError(
            f"The recipe {name} is for a network that begins with random weights; with --from the "
            "shape is that of the run. Use fine-tune, and change single settings."
        )
    return recipe


def usual_name(
    recipe: Recipe,
    values: Mapping[str, Value],
    usual: Mapping[str, Value],
    *,
    seed: int = 0,
    corpus: str,
    source: str | None = None,
) -> str:
    """The name a run gets from its recipe: what it was made of, then the settings changed.

    usual: the recipe's own values. `<source>-tuned-on-<corpus>` or `<recipe>-on-<corpus>`, then
    `-<setting>-<value>` and `-seed-<n>`; cut as `default_run_name` cuts.
    """
    start = f"{source}-tuned" if source else recipe.name
    name = f"{start}-on-{corpus}"
    for field_name, value in values.items():
        if value != usual[field_name]:
            setting = SETTINGS[field_name]
            name += f"-{setting.short or setting.option}-{value}"
    return short_enough(name + (f"-seed-{seed}" if seed else ""))
