def total(numbers: list[int]) -> int:
    """The sum of all numbers."""
    return sum(numbers)
