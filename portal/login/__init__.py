"""Coming in and going out: login, the first password, one's own account."""
