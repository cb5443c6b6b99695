import unittest

import strings
from src.strings import slugify


class Slugify(unittest.TestCase):
    def test_words_are_joined_by_one_hyphen(self) -> None:
        self.assertEqual(slugify("Two  Words"), "two-words")

    def test_punctuation_parts_words(self) -> None:
        self.assertEqual(slugify("Rock'n'Roll, live!"), "rock-n-roll-live")

    def test_an_underscore_is_punctuation(self) -> None:
        self.assertEqual(slugify("snake_case"), "snake-case")

    def test_the_old_place_gives_the_same_function(self) -> None:
        self.assertIs(strings.slugify, slugify)


if __name__ == "__main__":
    unittest.main()
