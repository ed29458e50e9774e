"""Implicit surfaces: points, meshes and photographs become fields that can be cut, combined and extracted."""
