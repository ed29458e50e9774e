"""The trained networks, how they are trained and where their weights are."""
