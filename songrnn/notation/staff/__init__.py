"""What `score` is written with: the bars to draw, their notes, and the words and signs at them."""
