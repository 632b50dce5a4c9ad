"""Figures of many songs together, as `songrnn generate` tells them."""

from collections import Counter
from typing import Any

from songrnn.quality.form import NAMES as FORM
from songrnn.quality.reference import QualityReference
from songrnn.quality.traits import meaning
from songrnn.quality.validity import FEWEST_BARS

_MEANS = ("right_bars", "novelty", "in_key", "ends_on_tonic", "repeated_bars", *FORM)
# Songs that are compared with real tunes by a judge: the first so many.
_HEARD = 1000
_TOLD = 10  # traits by which they are told apart


class SongSummary:
    """Figures of all songs together, song by song: ten thousand take no more room than one.

    Shares are 0 to 1. all_bars_right is of the songs that ended by themselves with eight bars or
    more. real_tunes: the same figures of the validation tunes, from as many songs on as make them
    worth comparing.
    """

    def __init__(self, reference: QualityReference | None, *, whole_bars: bool) -> None:
        self._reference = reference
        self._whole_bars = whole_bars
        self._counts: Counter[str] = Counter()
        self._sums: Counter[str] = Counter()
        self._texts: list[str] = []

    def add(self, song: dict[str, Any]) -> None:
        """Take a song's record in."""
        quality, counts = song["quality"], self._counts
        ended = song["stopped_by"] == "end"
        whole = ended and song["bars"] >= FEWEST_BARS
        counts["songs"] += 1
        counts["ended"] += ended
        counts["whole"] += whole
        counts["right"] += whole and quality["right_bars"] == 1
        counts["well_formed"] += quality["well_formed"]
        if self._reference is not None and self._reference.means and len(self._texts) < _HEARD:
            self._texts.append(song["text"])
        self._sums["withheld"] += song.get("share_withheld", 0.0)
        for name in _MEANS:
            if quality[name] is not None:
                counts[name] += 1
                self._sums[name] += quality[name]

    def figures(self) -> dict[str, Any]:
        """The figures of the songs so far."""
        counts = self._counts
        songs = counts["songs"]

        def mean(total: float, n: int) -> float | None:
            return total / n if n else None

        summary: dict[str, Any] = {
            "count": songs,
            "ended_by_themselves": mean(counts["ended"], songs),
            "ended_with_eight_bars": mean(counts["whole"], songs),
            "all_bars_right": mean(counts["right"], counts["whole"]),
        }
        if self._whole_bars:
            summary["share_withheld"] = mean(self._sums["withheld"], songs)
        summary["well_formed"] = summary["valid"] = mean(counts["well_formed"], songs)
        for name in _MEANS:
            summary[f"mean_{name}"] = mean(self._sums[name], counts[name])
        reference = self._reference
        if reference is not None and reference.means:
            seen = reference.means.get("seen_notes")  # no validation tune may have 8 notes
            summary["real_tunes"] = {
                "count": reference.tunes,
                "all_bars_right": reference.all_bars_right,
                "well_formed": reference.means.get("well_formed"),
                "valid": reference.means.get("well_formed"),
                **{f"mean_{name}": reference.means.get(name) for name in _MEANS},
                "mean_novelty": None if seen is None else 1 - seen,
            }
            summary["told_apart"] = self._told_apart(reference)
        return summary

    def _told_apart(self, reference: QualityReference) -> dict[str, Any] | None:
        """How well a judge tells the songs from real tunes; None for too few of either."""
        heard = None if reference.ear is None else reference.ear.listen(self._texts)
        if heard is None:
            return None
        return {
            "auc": heard.auc.estimate,
            "low": heard.auc.low,
            "high": heard.auc.high,
            "songs": len(self._texts),
            "control": heard.control.estimate,
            "control_low": heard.control.low,
            "control_high": heard.control.high,
            "giveaways": [
                {"trait": one.name, "auc": one.auc, "meaning": meaning(one.name)}
                for one in heard.giveaways[:_TOLD]
            ],
        }
