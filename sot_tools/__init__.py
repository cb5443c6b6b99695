"""Keeps a team's source of truth true: documents are checked, no word alone validates anything."""

__version__ = "0.1.0"
