"""Controls that several pages share.

Pages say `from dashboard import widgets` and then `widgets.tune(text, key=state.SONG)`.
"""

from dashboard.widgets.abc_editor import editor, is_refused
from dashboard.widgets.charts import chart
from dashboard.widgets.choices import segments, select, toggle
from dashboard.widgets.corpora import corpus, corpus_of
from dashboard.widgets.downloads import download_row, download_songs
from dashboard.widgets.folds import fold
from dashboard.widgets.joining import joined, page_anew
from dashboard.widgets.metrics import figures
from dashboard.widgets.progress import measured, stoppable
from dashboard.widgets.recalled import recalled
from dashboard.widgets.report import report_button
from dashboard.widgets.run_links import jobs, labelling, run_links
from dashboard.widgets.run_notes import run_notes
from dashboard.widgets.runs import run_picker
from dashboard.widgets.tunes import tune

__all__ = [
    "chart",
    "corpus",
    "corpus_of",
    "download_row",
    "download_songs",
    "editor",
    "figures",
    "fold",
    "is_refused",
    "jobs",
    "joined",
    "labelling",
    "measured",
    "page_anew",
    "recalled",
    "report_button",
    "run_links",
    "run_notes",
    "run_picker",
    "segments",
    "select",
    "stoppable",
    "toggle",
    "tune",
]
