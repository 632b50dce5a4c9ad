"""Which page is labelled: a tune engraved now, or a picture from a file."""

from dataclasses import dataclass

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements
from dashboard.state import segments as keys
from dashboard.wording import plain
from songrnn.config import USUAL_CORPUS
from songrnn.corpus.tunebook import Tune
from songrnn.errors import SongRNNError
from songrnn.segmentation.colouring import Pixels
from songrnn.segmentation.engraved import KNOWN_FONTS, UNSEEN_FONT
from songrnn.segmentation.pictures import Picture

SOURCES = {"tune": "A held-out tune", "own": "My own text", "file": "A picture"}
TYPES = ["png", "jpg", "jpeg", "tif", "tiff", "webp", "bmp", "gif", "pdf"]
EXAMPLE = (
    "X:1\nT:Example\nM:6/8\nL:1/8\nK:D\n|:DFA d2f|edB AFD|DFA d2f|edc d3:|\n"
    "|:f2a fdf|g2b gfe|f2a fed|ecA d3:|\n"
)
_MOST_TUNES = 300


@dataclass(frozen=True)
class Source:
    """A picture of a page. mask, abc: the truth where it is known, else None."""

    picture: Picture
    title: str
    mask: Pixels | None = None
    abc: str | None = None


def choose_kind() -> str:
    """Where the page comes from, as SOURCES names it."""
    return widgets.segments(
        "Page",
        SOURCES,
        keys.PAGE_FROM,
        "A validation tune of the corpus, engraved now, whose true labels are known; a text of "
        "your own, engraved; or a picture of a printed page.",
    )


def choose(kind: str) -> Source | None:
    """The page that a person chose; None while there is none."""
    try:
        if kind == "file":
            return _picture()
        with st.container(horizontal=True, gap="large", vertical_alignment="bottom"):
            tune = _tune() if kind == "tune" else None
            font = widgets.select(
                "Music font",
                {each: each for each in KNOWN_FONTS} | {UNSEEN_FONT: f"{UNSEEN_FONT} (never seen)"},
                keys.FONT,
                "The face of the music; one of them the network has never seen.",
                width=220,
            )
            scanned = widgets.toggle(
                "As a scan",
                keys.SCANNED,
                "Bends and turns the page, makes ink and paper uneven, adds blur, noise and JPEG's "
                "traces, always in the same way.",
            )
        text, title = tune or (_own(), "My own text")
        page = loaders.segmentation.page(text, font, scanned=scanned)
        return Source(Picture(page.image), title, page.mask, text)
    except SongRNNError as error:
        st.error(plain(str(error)))
        return None


def _tune() -> tuple[str, str]:
    book = widgets.corpus(USUAL_CORPUS)
    tunes: tuple[Tune, ...] = book.split("validation")[:_MOST_TUNES]
    titles = {tune.id: tune.title or "Untitled" for tune in tunes}
    picked = state.shared(state.TUNE, list(titles))
    st.selectbox(
        "Tune",
        list(titles),
        key=state.widget_key(state.TUNE),
        format_func=lambda id: titles.get(id, id),
        help="Validation tunes: no network here learned from them. Type to filter.",
        width=420,
    )
    tune = next(tune for tune in tunes if tune.id == picked)
    return tune.text, tune.title or "Untitled"


def _own() -> str:
    return widgets.editor(
        "ABC",
        state.ABC,
        EXAMPLE,
        "Write or paste a tune, or a song that a network wrote; it is engraved and labelled.",
        linked=True,
        page_follows=True,
    )


def _picture() -> Source | None:
    upload = st.file_uploader(
        "Picture of a page",
        type=TYPES,
        key=elements.PAGE_FILE,
        help="A scan, a photo or a PDF of printed music, upright. It stays on this machine.",
    )
    if upload is None:
        st.info("Choose a picture of one printed page: a scan, a straight photo, or a PDF.")
        return None
    number = 1
    if upload.name.lower().endswith(".pdf"):
        number = int(
            st.number_input(
                "Page", min_value=1, value=1, key=keys.PDF_PAGE, width=120, help="Of the PDF."
            )
        )
    return Source(loaders.segmentation.picture(upload.getvalue(), number), upload.name)
