"""Tunes to learn from: where they come from, how they are split, and how they become numbers."""
