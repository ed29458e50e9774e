"""How a number is written over a picture."""

from __future__ import annotations


def number(value: float) -> str:
    """Three significant digits, without an exponent where that reads well."""
    if value != 0 and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.2e}"
    if value == round(value):
        return f"{value:.0f}"
    text = f"{value:#.3g}".rstrip(".")
    return f"{value:.0f}" if "e" in text else text
