"""Triangles to pixels and voxels, in torch."""
