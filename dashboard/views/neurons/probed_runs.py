"""Probes of a run beside those of others: one at a time, and all of a study."""

import streamlit as st

from dashboard import loaders, widgets
from dashboard.charts.probes import over_runs
from dashboard.state import elements, whole_state
from dashboard.views.neurons.figure_tables import shown
from dashboard.views.neurons.words import interval_words
from dashboard.wording import plain
from songrnn.errors import ConfigError
from songrnn.inspection.probes.across import TaskAcross, across, sentence
from songrnn.inspection.probes.stored import StoredProbes, TaskProbes, compare
from songrnn.store.runs import Run
from songrnn.tuning.answers import ends_of, first_members, name_of
from songrnn.tuning.study import Study, shipped_studies


def probed_runs() -> dict[str, tuple[Run, StoredProbes]]:
    """The runs that were probed, by name."""
    found = {}
    for run in loaders.runs.all_runs():
        probes = loaders.neurons.probes(run) if isinstance(run, Run) else None
        if isinstance(run, Run) and probes is not None:
            found[run.name] = run, probes
    return found


def one_other(run: Run, found: StoredProbes, task: TaskProbes) -> None:
    """Another run that was probed on the same tunes."""
    others = {name: each for name, each in probed_runs().items() if name != run.name}
    if not others:
        st.caption("No other run has been probed yet.")
        return
    names = {"": "none", **{name: name for name in sorted(others)}}
    picked = widgets.select(
        "Compared with", names, whole_state.PROBE_RUN, "Which run knows this better?", width=250
    )
    if not picked:
        return
    difference = compare(found, others[picked][1], task.name)
    if difference is None:
        st.caption(f"{plain(picked)} was probed on other tunes.")
        return
    said = "No difference is shown."
    if difference.excludes_zero:
        better, worse = (run.name, picked) if difference.low > 0 else (picked, run.name)
        said = f"**{plain(better)} knows {plain(task.words)} better than {plain(worse)}.**"
    st.markdown(
        f"{said} Difference {interval_words(difference, 2)}, the same tunes drawn together."
    )


def over_study() -> None:
    """The runs of a study side by side, with a sentence that follows from the figures."""
    known = probed_runs()
    runs = [run for run, _ in known.values()]
    offered: dict[str, Study] = {}
    for study in shipped_studies():
        members = first_members(study, runs)
        if all(end in members for end in ends_of(study)):
            offered[study.name] = study
    if not offered:
        return
    st.subheader("Over the runs of a study", anchor=False)
    names = {name: study.title for name, study in offered.items()}
    help = "Compares what the states of a study's runs hold, where those were probed."
    study = offered[widgets.select("Study", names, whole_state.PROBE_STUDY, help, width=320)]
    members = first_members(study, runs)
    first, second = ends_of(study)
    try:
        found = across({v: known[run.name][1] for v, run in members.items()}, first, second)
    except ConfigError as error:
        st.info(plain(str(error)))
        return
    st.markdown(f"**{plain(sentence(found, name_of(study, first), name_of(study, second)))}**")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        widgets.chart(
            lambda colours: over_runs(
                {each.words: each.figures for each in found}, study.vary, colours=colours
            ),
            f"probes-{study.name}",
            key=elements.PROBE_STUDY,
            alt=f"What the states of the runs of {study.title} hold, task by task",
        )
    with right:
        differences(found, f"{second} less {first}")
    st.caption(
        f"Mean IoU of the classes, or R² of a number, of all states together, on the same "
        f"{found[0].difference.n:,} validation tunes. One training of each value "
        f"({', '.join(plain(run.name) for run in members.values())}): the intervals are over tunes and "
        "say nothing of how much another training would differ. What is compared was fixed with the "
        "study, before the figures were seen."
    )


def differences(found: tuple[TaskAcross, ...], title: str) -> None:
    """The difference of the two values in every task."""
    rows = [
        {"task": each.words, "difference": interval_words(each.difference, 2)} for each in found
    ]
    st.dataframe(
        shown(rows),
        hide_index=True,
        key=elements.PROBE_DIFFERENCES,
        column_config={"task": "What each character is", "difference": title},
    )
