"""The settings of sampling: how a song's characters are drawn."""

import math
from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from songrnn.config.document import CheckedDocument
from songrnn.config.setting import declare


class SampleConfig(CheckedDocument):
    """How characters are drawn; of the filters min_p acts first, then top_p, then top_k."""

    temperature: float = declare(
        1.0,
        ge=0,
        le=100,
        step=0.05,
        decimals=2,
        label="Temperature",
        help="Divides the logits: below 1 probable characters get more probable, above 1 less. 0 "
        "always takes the most probable one.",
    )
    top_k: int = declare(
        0,
        ge=0,
        label="Top-k",
        help="Draw from the k most probable characters only; 0 keeps all.",
    )
    top_p: float = declare(
        1.0,
        gt=0,
        le=1,
        step=0.05,
        decimals=2,
        label="Top-p",
        help="Draw from the smallest set of characters whose probabilities sum to at least p "
        "(Holtzman et al. 2020); 1 keeps all.",
    )
    min_p: float = declare(
        0.0,
        ge=0,
        le=1,
        step=0.01,
        decimals=2,
        label="Min-p",
        help="Draw from characters at least p times as probable as the most probable one (Nguyen et "
        "al. 2024); 0 keeps all.",
    )
    limit: int = declare(
        2000,
        ge=1,
        le=100_000,
        option="length",
        step=100,
        label="Length limit",
        help="Most characters of a song, its opening included. Higher lets long songs end by "
        "themselves; one that reaches the limit is cut, and says so.",
    )
    whole_bars: bool = declare(
        False,
        label="Whole bars",
        help="Only characters that can still lead to bars of the right length, closed brackets and "
        "repeats, and a proper end; the other probabilities are renormalised.",
    )

    @model_validator(mode="before")
    @classmethod
    def _temperature_is_a_number(cls, data: Any) -> Any:
        temperature = data.get("temperature", 1.0) if isinstance(data, Mapping) else 1.0
        if isinstance(temperature, float) and math.isnan(temperature):
            raise ValueError("the temperature must be a number of at least 0; NaN is not a number")
        return data
