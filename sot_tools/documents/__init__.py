"""Bytes become documents: values that know their place; nothing is judged and nothing raises."""
