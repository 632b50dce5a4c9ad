"""Front-end components of the app."""
