"""Run: all about one training: what it reached, how it went, its songs, its settings."""

import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.views.run import course, manage, particulars
from dashboard.wording import plain, run_result
from songrnn.store.runs import Run


def page() -> None:
    """The page."""
    runs = {run.name: run for run in loaders.runs.all_runs() if isinstance(run, Run)}
    names = sorted(runs)
    asked = state.asked(state.RUN)
    if asked and asked not in runs:
        st.warning(f"There is no run {plain(asked)}, or it cannot be read: the Runs page says why.")
    picked = state.shared(state.RUN, names)
    if picked is None:
        st.info("No run yet. Start one on the Train page.")
        return
    run = runs[picked]
    frame.heading(
        run.name, run_result(loaders.runs.rows().get(run.name, {}), loaders.corpora.ppmd_of(run))
    )
    widgets.run_links(run, itself=False)
    st.selectbox(
        "Run", names, key=state.widget_key(state.RUN), width=320, help="Shows another run."
    )
    unsettled = run.status.status == "running" or any(
        loaders.runs.job(run, kind) for kind in ("recall", "neurons")
    )

    @st.fragment(run_every=2 if unsettled else None)
    def live() -> None:
        with frame.errors_as_sentences():
            widgets.jobs(run)
            course.draw(run)

    with frame.errors_as_sentences():
        particulars.origin(run)
    live()
    with frame.errors_as_sentences():
        course.songs(run)
        particulars.settings(run)
        particulars.log(run)
        manage.manage(run)


page()
