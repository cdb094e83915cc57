"""Screens: a text with its keyboard, one file a capability."""
