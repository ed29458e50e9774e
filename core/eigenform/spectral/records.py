"""The methods that make eigenbases, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="learned",
        title="Learned eigenbasis",
        pillar="spectral",
        verb="basis",
        inputs=("Shape",),
        output="Basis",
        params="eigenform.spectral.settings:LearnedParams",
        target="eigenform.spectral.learned:train",
        summary="Train a network on smooth probe functions: modes from raw points, no operator, no eigensolver.",
        presets={
            "as-published": {
                "probes": "heat-published",
                "probe_count": 1000,
                "network": "transformer",
                "layers": 8,
                "last_layer": "qr",
                "inner_product": "learned",
                "eigenvalues": "mean-error",
                "steps": 1000,
                "learning_rate": 1e-3,
                "schedule": "cosine",
                "weight_decay": 0.01,
                "clip": 0.01,
                "draws": 1,
                "resample_every": 1,
            }
        },
        source="Velich et al., Learning Eigenstructures of Unstructured Data Manifolds, CVPR 2026, arXiv 2512.01103",
    ),
    Method(
        name="probes",
        title="Probe optimum",
        pillar="spectral",
        verb="basis",
        inputs=("Shape",),
        output="Basis",
        params="eigenform.spectral.settings:ProbeParams",
        target="eigenform.spectral.optimum:solve",
        summary="The exact optimum of the learning problem: what a perfectly trained network would reach.",
        source="Ky Fan's principle applied to the nested loss of Velich et al., arXiv 2512.01103",
    ),
    Method(
        name="classical",
        title="Classical eigenbasis",
        pillar="spectral",
        verb="basis",
        inputs=("Shape",),
        output="Basis",
        params="eigenform.spectral.settings:ClassicalParams",
        target="eigenform.spectral.classical:solve",
        summary="The reference: the robust Laplacian of the mesh or cloud and a shift-invert eigensolver.",
        source="Sharp and Crane, A Laplacian for Nonmanifold Triangle Meshes, SGP 2020",
    ),
)
