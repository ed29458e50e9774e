"""Tiled narrow-band extraction: only where the level set can pass is the field evaluated and marched."""
