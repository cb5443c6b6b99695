"""What a run leaves and how it is proven; a verdict comes from bytes and is never believed."""
