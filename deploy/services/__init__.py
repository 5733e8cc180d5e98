"""The real servers of the big size, for trying out and for tests: built, started, bounded and stopped on loopback.

Nothing of the product imports it, and it imports nothing of the product: the standard library and psutil are enough.
"""
