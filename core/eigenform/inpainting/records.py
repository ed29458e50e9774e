"""The inpainting methods, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="inpaint",
        title="Semantic-aware inpainting",
        pillar="implicit",
        verb="inpaint",
        inputs=("Image",),
        output="Image",
        params="eigenform.inpainting.settings:InpaintParams",
        target="eigenform.inpainting.sair:run",
        summary="Fill a hole with two implicit functions, of meaning and of appearance, trained on the picture itself.",
        presets={
            "quick": {"steps": 60, "exercises": 3, "exams": 1, "semantic_steps": 40},
            "painted regions": {"provider": "labels"},
        },
        source="Zhang, Li, Guo and Wang, SAIR: Learning Semantic-aware Implicit Representation, ECCV 2024, "
        "arXiv 2310.09285",
    ),
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
    Method(
        name="inpaint-field",
        title="Semantic-aware inpainting of a field",
        pillar="implicit",
        verb="inpaint-field",
        inputs=("Field",),
        output="Field",
        params="eigenform.inpainting.settings:InpaintFieldParams",
        target="eigenform.inpainting.field_sair:run",
        summary="Fill a hole in colours or values on a mesh or cloud, by implicit functions of meaning and appearance.",
        presets={
            "quick": {"steps": 60, "exercises": 3, "exams": 1, "semantic_steps": 40},
            "painted regions": {"provider": "labels"},
            "mesh segments": {"provider": "segments"},
        },
        source="After Zhang, Li, Guo and Wang, SAIR, ECCV 2024, arXiv 2310.09285, carried over to surfaces",
    ),
    Method(
        name="inpaint-field-classical",
        title="Smooth inpainting of a field",
        pillar="implicit",
        verb="inpaint-field",
        inputs=("Field",),
        output="Field",
        params="eigenform.inpainting.settings:InpaintFieldClassicalParams",
        target="eigenform.inpainting.field_smooth:run",
        summary="Fill a hole on a mesh or cloud by its smoothest continuation: biharmonic or harmonic.",
        presets={"harmonic": {"order": "harmonic"}},
        source="Biharmonic energy with the Laplacian of Sharp and Crane, SGP 2020",
    ),
)
