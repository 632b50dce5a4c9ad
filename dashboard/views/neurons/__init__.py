"""The Neurons page and its parts."""
