"""The inpainting methods, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="inpaint-classical",
        title="Classical inpainting",
        pillar="implicit",
        verb="inpaint",
        inputs=("Image",),
        output="Image",
        params="eigenform.inpainting.settings:InpaintClassicalParams",
        target="eigenform.inpainting.classical:run",
        summary="Fill a hole by what flows in from its rim: Telea, Navier-Stokes or biharmonic.",
        presets={"telea": {"algorithm": "telea"}, "navier-stokes": {"algorithm": "navier-stokes"}},
        source="Telea 2004; Bertalmio, Bertozzi and Sapiro 2001; Damelin and Hoang 2018",
    ),
)
