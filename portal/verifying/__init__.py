"""Verifying: whether a paper is genuine and still valid, for anyone, without personal data."""
