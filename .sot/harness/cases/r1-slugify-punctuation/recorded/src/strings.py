"""Text for addresses."""

import re


def slugify(text: str) -> str:
    """Lower case, words joined by one hyphen; punctuation parts words."""
    return "-".join(re.findall(r"[^\W_]+", text.lower()))
