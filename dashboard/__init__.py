"""The dashboard: `streamlit run dashboard/Home.py`."""

import logging

# The server imports the pages before it runs, and a thread of its own reads ahead: what Streamlit
# says of that is as it should be, and would be the first thing that a person reads.
_EXPECTED = {
    "streamlit.runtime.caching.cache_data_api": "No runtime found",
    "streamlit.runtime.scriptrunner_utils.script_run_context": "Thread 'warming'",
}


def _quiet(name: str, words: str) -> None:
    logging.getLogger(name).addFilter(lambda record: words not in record.getMessage())


for _name, _words in _EXPECTED.items():
    _quiet(_name, _words)
