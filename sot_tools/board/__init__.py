"""Work items and what moves between their states; the file they come from is read elsewhere."""
