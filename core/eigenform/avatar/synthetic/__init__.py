"""Clothed people made by code, for training and for tests."""
