"""The terminal: one verb per file; words come in, exit codes go out, nothing is decided here."""

import gc

gc.disable()  # what a command builds lives to its end; looking for garbage costs a third of it
