"""Filling holes in images and in fields on shapes: semantic-aware implicit functions and classical baselines."""
