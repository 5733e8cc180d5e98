"""A campaign of random SIGKILLs of workers and servers over many papers, and a count of what it left behind."""
