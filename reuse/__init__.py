"""Once-only: request, preview, consent, release, and who used my papers."""
