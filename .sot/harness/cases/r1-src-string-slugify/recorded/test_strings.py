import unittest

from src.strings import slugify


class Slugify(unittest.TestCase):
    def test_words_are_joined_by_one_hyphen(self) -> None:
        self.assertEqual(slugify("Two  Words"), "two-words")

    def test_space_at_the_ends_is_dropped(self) -> None:
        self.assertEqual(slugify(" edge "), "edge")

    def test_any_white_space_parts_words(self) -> None:
        self.assertEqual(slugify("tab\tand\nline"), "tab-and-line")

    def test_no_text_is_no_address(self) -> None:
        self.assertEqual(slugify("  "), "")


if __name__ == "__main__":
    unittest.main()
