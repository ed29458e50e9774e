"""Points to a signed distance field: the variational solve on a grid of quadratic B-splines."""
