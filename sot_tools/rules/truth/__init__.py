"""Where documents contradict each other, family by family; what one lacks stands in `rules`."""
