"""What one paper costs, and what a second worker brings: the numbers from which sizes are reckoned."""
