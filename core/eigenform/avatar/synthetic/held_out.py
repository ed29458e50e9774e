"""The people on whom results are measured; no training seed is among them."""

from __future__ import annotations

from eigenform.avatar.synthetic.streams import STRATA

H: tuple[tuple[int, str], ...] = tuple((4 * k + i, name) for k in range(50) for i, name in enumerate(STRATA))
"""200 pairs of seed and stratum, 50 a stratum, seeds below 1000. Its first 4 n entries hold n of each stratum."""
