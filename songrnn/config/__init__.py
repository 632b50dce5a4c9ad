"""What a run is, and how a song is sampled: small frozen documents that check themselves.

They are written into `run.json` and into kept songs as they stand, so a name or a default
changed here changes what old files mean: raise FORMAT_VERSION then. Each setting is declared
once, with its bounds and its words, where its field is (see `setting.py`).
"""

from songrnn.config.network import Cell, Initialization, ModelConfig, Normalization
from songrnn.config.run import (
    MODEL_SETTINGS,
    SEED,
    SETTINGS,
    TRAINING_SETTINGS,
    USUAL_CORPUS,
    CorpusReference,
    RunConfig,
    SourceReference,
    check_run_name,
    default_run_name,
    run_name_from,
    setting_values,
    with_settings,
)
from songrnn.config.sampling import RECOMMENDED, SampleConfig, recommended, with_phrases
from songrnn.config.setting import Setting, Value, settings_of
from songrnn.config.training import Precision, Schedule, Trainable, TrainConfig

FORMAT_VERSION = 1
SAMPLE_SETTINGS = settings_of(SampleConfig)

__all__ = [
    "FORMAT_VERSION",
    "MODEL_SETTINGS",
    "RECOMMENDED",
    "SAMPLE_SETTINGS",
    "SEED",
    "SETTINGS",
    "TRAINING_SETTINGS",
    "USUAL_CORPUS",
    "Cell",
    "CorpusReference",
    "Initialization",
    "ModelConfig",
    "Normalization",
    "Precision",
    "RunConfig",
    "SampleConfig",
    "Schedule",
    "Setting",
    "SourceReference",
    "TrainConfig",
    "Trainable",
    "Value",
    "check_run_name",
    "default_run_name",
    "recommended",
    "run_name_from",
    "setting_values",
    "with_phrases",
    "with_settings",
]
