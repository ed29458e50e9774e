"""The methods of the avatar pillar, for the registry."""

from __future__ import annotations

from eigenform.avatar.body.records import RECORDS as BODY
from eigenform.avatar.figure.records import RECORDS as FIGURE
from eigenform.avatar.fit.records import RECORDS as FIT
from eigenform.avatar.photo.records import RECORDS as PHOTO
from eigenform.avatar.surface.records import RECORDS as SURFACE
from eigenform.method import Method

RECORDS: tuple[Method, ...] = (*BODY, *PHOTO, *FIT, *SURFACE, *FIGURE)
