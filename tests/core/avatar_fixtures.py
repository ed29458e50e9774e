"""The prepared body for tests: made once a machine, in the cache of the person or the one EIGENFORM_CACHE names."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eigenform.avatar.body.anny_body import AnnyBody


@functools.cache
def body(local: bool = False) -> AnnyBody:
    """The body model; the first call on a machine takes half a minute, later ones a fraction of a second."""
    from eigenform.avatar.body.load import load_body

    found: AnnyBody = load_body("anny", local=local)  # type: ignore[assignment]
    return found
