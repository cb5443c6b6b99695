"""The seam to engines: an order becomes a watched process; no engine judges its own work."""
