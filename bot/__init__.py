"""The bot: a family's chat on one side, its car at DIMO on the other.

Imports nothing here, so that `python -m bot` can set up its own packages first.
"""
