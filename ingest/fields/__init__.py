"""Finding fields on a paper: forms by their labels, letters by Decree 30's layout, values by their kind."""
