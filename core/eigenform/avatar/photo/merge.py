"""Join pictures of the same person, found one by one, into one person with several views."""

from __future__ import annotations

from eigenform.avatar.photo.settings import MergeParams
from eigenform.avatar.privacy import blank_views, sources_of
from eigenform.errors import InputError
from eigenform.figure_types import Person
from eigenform.jobs import JobContext
from eigenform.provenance import describe

MOST = 64
"""Views that one person can have."""


def run(first: Person, second: Person, *, params: MergeParams, ctx: JobContext) -> Person:
    """All views of both.

    The shape of ``first`` is kept. Where that of ``second`` differs, its bodies no longer fit: they are dropped while
    their poses and cameras stay for the next fit to start from.

    Raises
    ------
    InputError
        For different body models, or too many views.
    """
    ctx.message("Joining views")
    if first.shape and second.shape and first.model != second.model:
        raise InputError(
            f"{first.name} is fitted with the body {first.model} and {second.name} with {second.model}; fitting one of "
            "them again with the other's would work."
        )
    views = (*first.views, *second.views)
    if len(views) > MOST:
        raise InputError(f"{len(views)} views are too many for one person; at most {MOST} work.")
    notes = [*first.meta.get("notes", ()), *second.meta.get("notes", ())]
    lead = first if first.shape else second
    if dict(first.shape) != dict(second.shape):
        views = tuple(
            view if person is lead else view.replace(verts=None, maps={})
            for person in (first, second)
            for view in person.views
        )
        notes.append("The views are to be fitted again: they were not fitted with one shape.")
    sources = [*sources_of(first), *sources_of(second)]
    blank = [*blank_views(first), *(len(first.views) + i for i in blank_views(second))]
    meta = {**describe("merge-people", params), "notes": notes, "sources": sources}
    meta |= {"blank": blank} if blank else {}
    return Person(views, lead.model, lead.shape, lead.body_faces, meta, first.name)
