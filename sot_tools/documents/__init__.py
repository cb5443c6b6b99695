"""Bytes become documents here: values that know their place; nothing is judged and nothing raises."""
