"""The terminal: one verb per file; words come in, exit codes go out, nothing is decided here."""
