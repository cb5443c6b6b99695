"""Turns a report into text in one of the listed formats; never touches disk, clock or terminal."""
