"""Who may, and what is earned; nothing here judges bytes that were not hashed again."""
