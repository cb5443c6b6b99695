"""A workspace, opened: settings, kinds, rules and documents become one report; it writes nothing of its own accord."""
