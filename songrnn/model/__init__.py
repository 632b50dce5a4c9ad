"""The network, twice: CharRNN in torch for training, Engine in numpy for everything else."""
