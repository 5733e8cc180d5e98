"""One module per kind of paper: the wording and layout of the printed forms, filled for a made-up household."""
