"""Products, factorisations, transforms."""
