"""SongRNN Lab: small recurrent networks that write folk tunes, open to the last gate.

The pipeline, each stage a package:

    corpus      tunes in ABC notation, families, splits, vocabulary, batches
    model       CharRNN (torch, for training) and Engine (numpy, every internal visible)
    training    teacher forcing with truncated back-propagation through time
    store       a run is a folder of checkpoints/: settings, history, weights, songs
    generation  logits -> characters -> songs -> files
    notation    ABC text <-> music, every note tied to its characters
    inspection  what each unit does while it reads

Import what you need from the modules themselves, for example
`from songrnn.generation.composer import compose`; nothing heavy is imported here.
"""

__version__ = "0.1.0"
