"""Six processes to try the program with: data files, and one function that loads them."""
