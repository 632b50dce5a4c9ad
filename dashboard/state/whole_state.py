"""What the Neurons page shows of the whole state: probes, patching, steering."""

from typing import Final

from dashboard.state.key import Key

PROBE_TASK: Final = Key[str]("task")
PROBE_RUN: Final = Key[str]("probed_too")
PATCH_PAIR: Final = Key[str]("pair")
ALONG: Final = Key[str]("along")
STEER_STRENGTH: Final = Key[float]("strength")
STEER_SEED: Final = Key[int]("_steer_seed")
WIRES: Final = Key[int]("wires")
STEERED: Final = Key[str]("held")
STEER_UNITS: Final = Key[list[str]]("held_units")
PROBE_STUDY: Final = Key[str]("probed_study")
PATCH_BASE: Final = Key[str]("_patch_base")
PATCH_SOURCE: Final = Key[str]("_patch_source")
# The last character of the two beginnings that are patched, as it was clicked in the first text.
PATCH_AT: Final = Key[int]("_patch_at")
