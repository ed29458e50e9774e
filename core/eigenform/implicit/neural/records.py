"""Neural fields, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="neural",
        title="Neural field",
        pillar="implicit",
        verb="implicit",
        inputs=("Shape",),
        output="ImplicitSurface",
        params="eigenform.implicit.neural.settings:NeuralParams",
        target="eigenform.implicit.neural.learned:train",
        summary="A network trained live; on a CPU it adds compactness and smooth derivatives, not accuracy.",
        presets={
            "compact": {"residual": False, "finest": 64, "steps": 600},
            "gpu": {"network": "hash", "device": "cuda", "steps": 5000},
            "no-normals": {"training": "eikonal", "normals": "ignore", "network": "siren", "steps": 2000},
        },
        source="Sitzmann et al., SIREN, NeurIPS 2020; Mueller et al., Instant NGP, 2022; Ben-Shabat et al., DiGS, CVPR "
        "2022; Kania et al., FreSh, arXiv 2410.05050",
    ),
)
