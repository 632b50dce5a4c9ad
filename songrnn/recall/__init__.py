"""What a tune said before, as a part of the prediction of what it says next."""
