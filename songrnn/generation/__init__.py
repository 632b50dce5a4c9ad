"""Composing: logits to characters, characters to songs, songs to files."""
