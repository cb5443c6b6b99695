"""A governed run from gates to seal; no gate touches disk, clock or environment."""
