"""Eigenform Studio: the window over :mod:`eigenform`. It holds no mathematics."""
