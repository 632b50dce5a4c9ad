"""ABC notation to music and back, every note tied to the characters it came from."""
