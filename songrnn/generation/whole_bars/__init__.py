"""Composing under a grammar that keeps every bar whole."""
