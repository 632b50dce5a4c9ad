"""Every cache of the app, one module for each thing cached, and nothing else.

Pages say `from dashboard import loaders` and then `loaders.runs.history(run)`. Keys carry what
makes a result stale (a run's name and the stamp of its files), so nothing needs clearing.
Everything kept is read-only: no hidden state ever lives on a cached engine. Heavy libraries are
imported by the functions of songrnn that need them, when they are called.
"""

from dashboard.loaders import (
    corpora,
    drawings,
    music,
    neurons,
    runs,
    segmentation,
    sources,
    speeds,
    tune_files,
    unkept,
)

__all__ = [
    "corpora",
    "drawings",
    "music",
    "neurons",
    "runs",
    "segmentation",
    "sources",
    "speeds",
    "tune_files",
    "unkept",
]
