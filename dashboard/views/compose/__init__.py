"""The Compose page and its parts."""
