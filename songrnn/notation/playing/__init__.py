"""How a tune is played: styles, swing, ornaments, dynamics, chords and what accompanies it."""
