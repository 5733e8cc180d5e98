"""The portal: web pages and a JSON API for clerk, officer, citizen, archivist and everybody, on the same functions."""
