"""The whole study as one document: what runs learned, wrote and know, in words that follow from it."""
