"""Train: start a run or a study, watch it, stop it, go on with it."""

from dashboard import widgets


def page() -> None:
    """The page."""
    widgets.heading("Train", "Start a run or a study; it goes on when this page is closed.")


page()
