"""The methods of this folder, for the registry."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="random-features",
        title="Bandlimited random features",
        pillar="implicit",
        verb="implicit",
        inputs=("Shape",),
        output="ImplicitSurface",
        params="eigenform.implicit.frequency.settings:RandomFeatureParams",
        target="eigenform.implicit.frequency.random_field:run",
        summary="A smooth field in closed form: random waves up to a band, only their weights solved for.",
        source="Li et al., How Powerful are Shallow Neural Networks with Bandlimited Random Weights?, ICML 2023, "
        "arXiv 2008.08427",
        live=True,
    ),
    Method(
        name="image-fit",
        title="Image as a network",
        pillar="implicit",
        verb="image-fit",
        inputs=("Image",),
        output="Image",
        params="eigenform.implicit.frequency.settings:ImageFitParams",
        target="eigenform.implicit.frequency.image_fit:run",
        summary="Fit a coordinate network to an image; FreSh chooses its frequency before training.",
        presets={"fourier": {"network": "fourier"}, "finer": {"network": "finer"}},
        source="Kania et al., FreSh: Frequency Shifting for Accelerated Neural Representation Learning, "
        "arXiv 2410.05050",
    ),
)
