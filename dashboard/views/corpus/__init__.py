"""The Corpus page and its parts."""
