"""Keeps a team's source of truth true: documents are checked, and nothing is validated by a word."""

__version__ = "0.1.0"
