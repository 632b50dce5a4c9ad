"""The settings of sampling: how a song's characters are drawn."""

import math
from collections.abc import Mapping
from typing import Any, Self

from pydantic import model_validator

from songrnn.config.document import CheckedDocument
from songrnn.config.setting import declare

_USUAL_LIMIT = 2000


class SampleConfig(CheckedDocument):
    """How characters are drawn; min_p, top_p and top_k each judge them after the temperature."""

    temperature: float = declare(
        1.0,
        ge=0,
        le=100,
        step=0.05,
        decimals=2,
        label="Temperature",
        help="The higher, the more daring. The logits are divided by it: below 1 likely characters "
        "become likelier, above 1 less likely; 0 always takes the likeliest.",
    )
    top_k: int = declare(
        0,
        ge=0,
        label="Top-k",
        help="Draws from the k likeliest characters only: the lower, the safer. 0 keeps all. Top-k, top-p "
        "and min-p each look at all probabilities after temperature, recall and whole bars; what passes "
        "all three is drawn from, so their order makes no difference unless they act in turn.",
    )
    top_p: float = declare(
        1.0,
        gt=0,
        le=1,
        step=0.05,
        decimals=2,
        label="Top-p",
        help="Draws from the fewest characters whose probabilities sum to at least p (Holtzman et al. "
        "2020): the lower, the safer. 1 keeps all. It looks at the probabilities after the temperature, not "
        "at what top-k leaves.",
    )
    min_p: float = declare(
        0.0,
        ge=0,
        le=1,
        step=0.01,
        decimals=2,
        label="Min-p",
        help="Draws from characters at least p times as likely as the likeliest one (Nguyen et al. "
        "2024): the higher, the safer. 0 keeps all. It looks at the probabilities after the temperature.",
    )
    filters_in_turn: bool = declare(
        False,
        label="Filters in turn",
        help="Top-k first, then top-p of what it leaves, then min-p, as Hugging Face's transformers do "
        "it: top-p then leaves fewer characters. Off, each looks at all probabilities. Without top-k or "
        "top-p it changes nothing.",
    )
    limit: int = declare(
        _USUAL_LIMIT,
        ge=1,
        le=100_000,
        option="length",
        step=100,
        label="Length limit",
        help="Most characters of a song, its opening included. Higher lets long songs end by "
        "themselves; one that reaches the limit is cut off there, and says so.",
    )
    whole_bars: bool = declare(
        False,
        label="Whole bars",
        help="Allows only characters that can still lead to bars of the right length, closed brackets "
        "and repeats, and a proper end; the others get probability 0.",
    )

    recall: float = declare(
        0.0,
        ge=0,
        le=1,
        step=0.1,
        decimals=1,
        label="Recall",
        help="How readily the song says its own earlier bars again: 0 is the network alone, 1 as "
        "learned from training tunes; between them the odds of repeating are multiplied by it. Only "
        "for runs whose recall has been fitted. Below temperature 1 recalled bars, being likely, come "
        "more often: at 0.8, lstm-150 with 0.5 repeats as many bars as real tunes do.",
    )

    form: bool = declare(
        False,
        label="Form of a tune",
        help="Lays the song out as a training tune of its rhythm is: how many bars, which of them say "
        "which again, where sections end and whether on the tonic. No note is taken over. It goes with whole "
        "bars, and only for runs that have learned forms.",
    )

    ways: int = declare(
        1,
        ge=1,
        le=64,
        label="Ways of a phrase",
        help="How many ways each phrase of about four bars is written, to go on with the one that is most "
        "like phrases of training tunes. Only for runs that have learned what is typical; the time "
        "grows with it. 1 writes straight on.",
    )

    drafts: int = declare(
        1,
        ge=1,
        le=16,
        label="Drafts of a song",
        help="How many times a song is written from its beginning, phrase by phrase, to keep the one that is "
        "most like training tunes as a whole. The time grows with it. It goes with several ways of a phrase.",
    )

    @property
    def counts_as(self) -> int:
        """How many songs one of these is where songs are counted: a song as long as usual that is
        written straight on is one, and each way, draft and further length of that kind one more.

        >>> SampleConfig().counts_as, RECOMMENDED.counts_as, SampleConfig(limit=4001).counts_as
        (1, 12, 3)
        """
        return self.ways * self.drafts * math.ceil(self.limit / _USUAL_LIMIT)

    @model_validator(mode="before")
    @classmethod
    def _temperature_is_a_number(cls, data: Any) -> Any:
        temperature = data.get("temperature", 1.0) if isinstance(data, Mapping) else 1.0
        if isinstance(temperature, float) and math.isnan(temperature):
            raise ValueError("the temperature must be a number of at least 0; NaN is not a number")
        return data

    @model_validator(mode="after")
    def _a_form_has_whole_bars(self) -> Self:
        if self.form and not self.whole_bars:
            raise ValueError("the form of a tune goes with whole bars; turn them on as well")
        return self

    @model_validator(mode="after")
    def _drafts_have_ways(self) -> Self:
        if self.drafts > 1 and self.ways == 1:
            raise ValueError(
                "several drafts go with several ways of a phrase; ask for ways as well"
            )
        return self


# The settings whose songs came nearest to real tunes (docs/recall.md); the course's plain sampling
# stays what nothing else is asked for.
RECOMMENDED = SampleConfig(
    temperature=0.8, whole_bars=True, recall=0.0, form=True, ways=4, drafts=3
)
# Without a form, bars that are said again are recall's, and one draft was tried, written in more ways.
_RECALL_WITHOUT_FORM = 0.6
_WAYS_WITHOUT_FORM = 8


def recommended(*, recall: bool, phrases: bool, forms: bool) -> SampleConfig:
    """RECOMMENDED as far as a run has learned what it needs: a gate for recall, what phrases are
    typical, forms of tunes."""
    found = RECOMMENDED.model_copy(
        update={
            "form": forms,
            "recall": _RECALL_WITHOUT_FORM if recall and not forms else 0.0,
            "ways": 1,
            "drafts": 1,
        }
    )
    return with_phrases(found) if phrases else found


def with_phrases(config: SampleConfig) -> SampleConfig:
    """The same, written phrase by phrase, in as many ways and drafts as RECOMMENDED."""
    ways, drafts = RECOMMENDED.ways, RECOMMENDED.drafts
    if not config.form:
        ways, drafts = _WAYS_WITHOUT_FORM, 1
    return config.model_copy(update={"ways": ways, "drafts": drafts})
