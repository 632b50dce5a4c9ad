"""The study "Start from nothing or from best?": small corpora learned both ways, paired by seed.

Unlike other studies it varies what a training begins with, over several corpora.
"""

from dataclasses import dataclass

STUDY = "start"


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


def run_name(region: str, start: str, seed: int) -> str:
    """start: "nothing" or "best"."""
    return f"start-{region}-from-{start}" + (f"-seed-{seed}" if seed else "")
