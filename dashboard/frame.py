"""The frame of every page: its style and colours, its heading, errors as sentences."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard import state, visitors
from dashboard.charts.theme import Palette, palette
from dashboard.state import elements
from dashboard.state.long_address import taken_out
from dashboard.wording import plain
from songrnn.access import read_only
from songrnn.errors import SongRNNError
from songrnn.event_log import log_event
from songrnn.notation.limits import MOST_CHARACTERS
from songrnn.paths import places

# What the theme's settings cannot say: line length, figures of one width, a quieter menu.
_STYLE = """
<style>
/* Navigation and content share their edges, and a wide window is used; text keeps its measure. */
[data-testid="stAppViewContainer"] { --side: max(1rem, min(3vw, 2.5rem), calc(50vw - 58rem)); }
.stMainBlockContainer { max-width: none; padding-left: var(--side); padding-right: var(--side); }
[data-testid="stToolbar"] { padding-left: max(0px, calc(var(--side) - 1.5rem)); padding-right: var(--side); }
[data-testid="stMetricValue"], [data-testid="stDataFrame"] { font-variant-numeric: tabular-nums; }
.stMarkdown p { max-width: 92ch; }
[data-testid="stCaptionContainer"] p { max-width: 110ch; }
[data-testid="stMultiSelectTagsContainer"] [data-tag] { background: transparent; color: inherit;
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
[data-testid="stPageLink-NavLink"] { padding-left: 0; padding-right: 0; }
[data-testid="stPageLink-NavLink"] :is(span, p) { white-space: normal; }
:is([data-testid="stPageLink-NavLink"], [data-testid="stBaseButton-tertiary"]) p { text-decoration: underline;
  text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
[data-testid="stButtonGroup"] > div { flex-wrap: wrap; row-gap: 0.3rem; }
[data-testid="stButtonGroup"] button { min-height: 2.5rem; }
/* A row of choices that goes on below keeps its edges. */
[data-variant="segmented_control"]:not([data-selected="true"], :hover) { border-inline-color: EDGE; }
[data-variant="segmented_control"][data-selected="true"] { position: relative; z-index: 1; }
/* A small table of text. */
.st-key-glance :is(table, tr) { border: none; }
.st-key-glance table { width: 100%; border-collapse: collapse; font-size: 0.875rem; }
.st-key-glance :is(th, td) { border: none; border-bottom: 1px solid color-mix(in srgb, INK 12%, PAPER); padding: 0.25rem 0.5rem; }
.st-key-glance th { font-weight: 400; color: color-mix(in srgb, INK 74%, PAPER); }
/* Pictures that the page draws itself. */
.still { container-type: inline-size; }
.still .lines { position: relative; }
.still .lines img { display: block; width: 100%; height: 100%; overflow: visible; }
.still .lines i { position: absolute; height: 10px; }
.still .cells { display: grid; }
.still .cells > b { display: grid; place-items: center; min-width: 0; overflow: hidden; font-weight: 400;
  font-family: var(--st-code-font, monospace); }
.still .cells > span { align-self: center; padding-right: 0.5rem; text-align: right; white-space: nowrap;
  color: color-mix(in srgb, INK 74%, PAPER); }
/* A title, a panel and so on under each other; marks stand left of a panel and under the last. */
.still .bars { display: flex; flex-direction: column; padding: 0.5rem 0.5rem 0.5rem 3rem; font-size: 0.8125rem;
  color: color-mix(in srgb, INK 74%, PAPER); }
.still .bars > div { position: relative; flex: 1 1 0; min-height: 0; margin-top: 0.4rem; }
.still .bars p { margin: 0.3rem 0 0; font-size: inherit; line-height: 1.3; text-align: center; }
.still .bars i { position: absolute; bottom: 0; height: 100%; display: flex; align-items: end; }
.still .bars b { width: 100%; }
.still .bars s { position: absolute; left: -3rem; right: 0; height: 1.2em; margin-bottom: -0.6em; line-height: 1.2em;
  text-decoration: none; display: grid; grid-template-columns: 2.6rem 1fr; column-gap: 0.4rem; text-align: right; }
.still .bars s::after { content: ""; align-self: center; border-top: 1px solid color-mix(in srgb, INK 12%, PAPER); }
.still .bars u { position: relative; height: 1.6rem; text-decoration: none; }
.still .bars u span { position: absolute; top: 0.3rem; transform: translateX(-50%); }
.still .framed { box-shadow: inset 0 0 0 1px INK; }
/* Contrast of at least 4.5 : 1, in both themes; a focus that can be seen; motion only where wanted. */
[data-testid="stCaptionContainer"] { opacity: 1; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] :is(p, li, code) {
  color: color-mix(in srgb, INK 74%, PAPER); }
[data-testid="stWidgetLabel"][disabled] p { color: color-mix(in srgb, INK 70%, PAPER); }
[data-testid="stBaseButton-primary"]:not(:disabled), [data-testid="stBaseButton-primary"]:not(:disabled) p {
  color: PAPER; }
[data-testid="stBaseButton-primary"]:is(:hover, :active):not(:disabled) {
  background-color: color-mix(in srgb, ACCENT 85%, INK); border-color: transparent; }
[data-testid="stButtonGroup"] [data-selected="true"], [data-testid="stButtonGroup"] [data-selected="true"] p,
[data-testid="stBaseButton-segmented_controlActive"], [data-testid="stBaseButton-segmented_controlActive"] p {
  color: color-mix(in srgb, ACCENT 60%, INK); }
:is(a, button, summary):focus-visible { outline: 3px solid ACCENT; outline-offset: 2px; }
@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { animation-duration: 0.01ms !important; transition-duration: 0.01ms !important; } }
textarea { font-family: var(--st-code-font, monospace) !important; }
/* What is redrawn every two seconds does not fade while it is. */
.st-key-live [data-stale="true"] { opacity: 1 !important; transition: none !important; }
/* Two columns want two columns' room. */
@media (max-width: 900px) {
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) { flex-wrap: wrap; }
  [data-testid="stHorizontalBlock"] { row-gap: 1rem; }
  [data-testid="stColumn"] { min-width: min(100%, 24rem); } }
/* Neurons on a wide window: controls and evidence in a rail, beside them the music and below it what
   needs width. What Streamlit puts between the grid and its parts has no box of its own. */
@media (min-width: 1600px) {
  .st-key-bench { display: grid; grid-template: auto auto 1fr / 28rem minmax(0, 1fr); column-gap: 2rem; align-items: start; }
  .st-key-bench :is([data-testid="stLayoutWrapper"], [data-testid="stVerticalBlock"]):has(.st-key-music) { display: contents; }
  .st-key-bench [data-testid="stLayoutWrapper"]:has(> .st-key-pictures-of-text) { grid-area: 3 / 2 !important; }
  .st-key-bench > :has(> .st-key-rail) { grid-area: 1 / 1; }
  .st-key-bench [data-testid="stLayoutWrapper"]:has(> .st-key-evidence) { grid-area: 2 / 1 / 4 / 2 !important; }
  .st-key-bench [data-testid="stLayoutWrapper"]:has(> .st-key-music) { display: block; grid-area: 1 / 2 / 3 / 3 !important; }
  :is(.st-key-rail, .st-key-evidence) [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) { flex-direction: column; }
  :is(.st-key-rail, .st-key-evidence) [data-testid="stColumn"] { width: 100%; } }
/* Navigation on a phone is one tap away, and says so. */
[data-testid="stExpandSidebarButton"] { width: auto; height: 2.75rem; padding: 0 0.6rem; color: INK; }
[data-testid="stExpandSidebarButton"]::after { content: "Pages"; padding-left: 0.3rem; }
[data-testid="stTopNavLink"]:focus-visible { outline-offset: -3px; }
#songrnn-skip a { position: fixed; left: 0.5rem; top: -4rem; z-index: 1000000; padding: 0.6rem 1rem;
  background: PAPER; color: INK; outline: 3px solid ACCENT; }
#songrnn-skip a:focus { top: 0.5rem; }
#songrnn-main:focus { outline: none; }
@media print { #songrnn-skip { display: none; } }
/* For who listens: there, and out of sight. */
#songrnn-voice, .heard-only { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
[class*="st-key-aid-"], .stElementContainer:has(.heard-only) { position: absolute; width: 0; overflow: hidden; }
</style>
"""


def style() -> None:
    """The few rules of style the theme has no setting for."""
    theme = colours()  # the theme's own variables are known to components alone
    ours = {"PAPER": theme.paper, "INK": theme.ink, "ACCENT": theme.accent, "EDGE": theme.faint}
    sheet = _STYLE
    for name, colour in ours.items():
        sheet = sheet.replace(name, colour)
    st.html(sheet)


@contextmanager
def errors_as_sentences(log: logging.Logger | None = None) -> Iterator[None]:
    """Show an error as a sentence where the page would have gone on; never a traceback."""
    try:
        yield
    except SongRNNError as error:
        log_event("refused", "page", name=state.get(state.PAGE), kind=type(error).__name__)
        st.error(plain(str(error)))
    except Exception as error:
        log_event("failed", "page", name=state.get(state.PAGE), kind=type(error).__name__)
        (log or logging.getLogger("dashboard")).exception("A page failed")
        st.error(
            "Something unexpected went wrong on this page; the terminal that runs the app shows the "
            "details. The other pages still work."
        )


def visitor_note() -> None:
    """Why there is nothing to train, keep or delete with, where the lab is only to be looked at;
    whose workspace this is, where everyone has one."""
    if read_only():
        why = places().closed
        st.caption(
            "Read-only: "
            + (
                why
                or "everything can be looked at, composed and heard; nothing can be trained, "
                "imported, kept, noted or deleted here."
            )
        )
        if why and visitors.can_log_in():
            st.button("Log in", key=elements.LOG_IN, on_click=st.login)
        return
    if places().shared is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key=elements.VISITOR):
        st.caption(
            f"Workspace of {plain(visitors.called())}: what you train, import, keep and note here is "
            "seen and changed by no other visitor."
        )
        if visitors.logged_in():
            st.button("Log out", key=elements.LOG_OUT, on_click=st.logout, type="tertiary")


def address_note() -> None:
    """Leave out what of the address is too long to be read, and say so."""
    if taken_out():
        st.warning(
            f"A part of this address is longer than the {MOST_CHARACTERS:,} characters that are "
            "read of each, and was left out: shorten the text, or put it into the page's own field."
        )


def heading(title: str, lead: str) -> None:
    """A page's title and the one sentence that says what it is for."""
    st.title(title, anchor=False)
    st.markdown(lead)


def colours() -> Palette:
    """The palette of the theme the person looks at."""
    return palette(st.context.theme.type)
