"""Avatars: from photographs of a clothed person to an animatable figure."""
