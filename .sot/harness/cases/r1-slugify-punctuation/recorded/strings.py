"""The old place of slugify."""

from src.strings import slugify

__all__ = ["slugify"]
