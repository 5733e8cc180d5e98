"""Scanning: a clerk drops a batch, sees every file arrive, and hears what is missing."""
