"""Working with fields: extraction to a mesh, combination, offsets and shells."""
