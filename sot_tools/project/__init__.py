"""A workspace, opened: settings, kinds, rules, documents become one report; nothing is written."""
