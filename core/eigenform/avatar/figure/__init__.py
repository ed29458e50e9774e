"""Skinning, posing, movement and export of an avatar."""
