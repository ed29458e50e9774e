"""From photographs to a surface: cameras, loaders, rendered sets, and volume rendering of a signed distance field."""
