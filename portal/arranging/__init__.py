"""Laying out a file's papers anew: merge, split, re-order, re-type, undo."""
