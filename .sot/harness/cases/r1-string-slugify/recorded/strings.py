"""Text for addresses."""


def slugify(text: str) -> str:
    """Lower case, words joined by one hyphen."""
    return "-".join(text.lower().split())
