"""What must be true of documents: rows and pure checks give findings; no file is opened here."""
