"""Names of what is drawn or pressed and holds no choice: for style, tests and the session.

A chart, a card or a button is found in the browser as `.st-key-<name>`.
"""

from typing import Any, Final

from dashboard.state.key import Key

Element = Key[Any]

# Widgets that pages share.
STOP: Final = Element("stop")
ROW: Final = Element("row")
FILE: Final = Element("file")
CHOICE: Final = Element("choice")

# Overview.
CARD: Final = Element("card")
SPARKLINE: Final = Element("sparkline")
GLANCE: Final = Element("glance")
STRIP: Final = Element("strip")
OVERVIEW_PLAYER: Final = Element("overview-player")

# Runs.
LOSS_CURVES: Final = Element("loss-curves")
PARALLEL: Final = Element("parallel")
RUN_TABLE: Final = Element("run-table")
STUDY_GROUPS: Final = Element("study-groups")
STUDY_PAIRS: Final = Element("study-pairs")
NOTES_RUN: Final = Element("notes-run")

# One run.
COURSE: Final = Element("course")
EPOCH_SONG: Final = Element("epoch-song")
RENAME: Final = Element("rename")
RUN_SETTINGS: Final = Element("run-settings")

# Train.
START: Final = Element("start")
START_RUN: Final = Element("start-run")
START_STUDY: Final = Element("start-study")
SWEEP: Final = Element("sweep")
RUNNING: Final = Element("running")
EARLY: Final = Element("early")
GONE: Final = Element("gone")
RESUME: Final = Element("resume")
UNDO: Final = Element("undo")
FORGET: Final = Element("forget")
FINISHED: Final = Element("finished")
FINISHED_CURVE: Final = Element("finished-curve")
PUT_AWAY: Final = Element("put-away")
LIVE: Final = Element("live")
JOB: Final = Element("job")
STOP_JOB: Final = Element("stop-job")
LABEL: Final = Element("label-neurons-of")
LIVE_CURVES: Final = Element("live-curves")
SAMPLE_PLAYER: Final = Element("sample-player")

# Compose.
COMPOSE: Final = Element("compose")
COMPOSE_PLAYER: Final = Element("compose-player")
CONTINUE: Final = Element("continue-from-here")
EDIT: Final = Element("edit-and-continue")
KEEP: Final = Element("keep")
PROVENANCE: Final = Element("provenance")
SONG_FILES: Final = Element("song-files")
USE_HEADER: Final = Element("use-header")
USE_SETTINGS: Final = Element("use-settings")
COMPARED: Final = Element("compared")
LARGE: Final = Element("large")
KEPT: Final = Element("kept")
OPEN: Final = Element("open")
STAR: Final = Element("star")
TAGS: Final = Element("tags")
NOTES: Final = Element("notes")
SAVE: Final = Element("save")
DELETE: Final = Element("delete")
PUT_BACK: Final = Element("put-back")

# Temperature and Listen.
MEASURE: Final = Element("measure")
TEMPERATURE_CURVE: Final = Element("temperature-curve")
TEMPERATURE_TABLE: Final = Element("temperature-table")
NEXT_PAIR: Final = Element("next-pair")
GUESS: Final = Element("guess")
HEARD: Final = Element("heard")

# Neurons.
TURN_TO: Final = Element("to")
NEURON_PLAYER: Final = Element("neuron-player")
NEURON_GRID: Final = Element("neuron-grid")
NEURON_STACK: Final = Element("neuron-stack")
NEURON_TABLE: Final = Element("neuron-table")
NEURON_CSV: Final = Element("neuron-csv")
DOWNLOAD_VIEW: Final = Element("download-view")
EXAMPLE_PLAYER: Final = Element("neuron-example")
EXAMPLE_TABLE: Final = Element("neuron-examples")
NEURON_HISTOGRAM: Final = Element("neuron-histogram")
SIMILAR_TABLE: Final = Element("similar")
GATE_HISTOGRAMS: Final = Element("gates")
ATLAS: Final = Element("atlas")
ATLAS_TABLE: Final = Element("atlas-table")
SATURATION: Final = Element("saturation")
FIND_PLAYER: Final = Element("find-player")
FIND_MATCHES: Final = Element("find-matches")
FOUND_PLAYER: Final = Element("find-place")
FOUND_TABLE: Final = Element("find-places")
SEARCH: Final = Element("search-button")
MEASURE_EFFECT: Final = Element("measure-effect")
EFFECT_CHART: Final = Element("effect-chart")
EFFECT_TABLE: Final = Element("effect-table")
MEASURE_DOSE: Final = Element("measure-dose")
DOSE_CHART: Final = Element("dose-chart")
DOSE_TABLE: Final = Element("dose-table")
COMPOSE_PAIR: Final = Element("compose-pair")
COMPOSE_MANY: Final = Element("compose-many")
WHOLE_PLAYER: Final = Element("pair-whole")
ALTERED_PLAYER: Final = Element("pair-altered")
SONG_EFFECTS: Final = Element("song-effects")
MEASURE_BEATS: Final = Element("measure-beats")
BEAT_TABLE: Final = Element("beats")
BARLINE_RESPONSE: Final = Element("barline-response")
BAR_SPECTRUM: Final = Element("bar-spectrum")

# Corpus.
EDIT_TUNE: Final = Element("edit-tune")
TUNE_FILES: Final = Element("tune-files")
AS_IT_WAS: Final = Element("as-it-was")
AS_OWN: Final = Element("as-own")
CORPUS_PLAYER: Final = Element("corpus-player")
SPLITS: Final = Element("splits")
METERS: Final = Element("meters")
KEYS: Final = Element("keys")
LENGTHS: Final = Element("lengths")
RHYTHMS: Final = Element("rhythms")
ALPHABET: Final = Element("alphabet")
SOURCES: Final = Element("sources")
FAILURES: Final = Element("failures")
IMPORT: Final = Element("import")
