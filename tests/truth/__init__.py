"""One consistent workspace, every kind of contradiction made in it by program, and what must be
found: the rule, the place, and the other place."""
