"""Choosing the frequencies of a coordinate network before training, and fields of bandlimited random features."""
