"""What must be true of documents: rows and pure checks become diagnostics; no file is opened here."""
