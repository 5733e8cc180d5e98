"""Trust: keys, the gate before signing, PAdES sealing, verification."""
