"""Points made ready for a surface: noise measured, normals estimated, oriented and repaired, outliers left out."""

from eigenform.implicit.normals.denoise import denoise_points
from eigenform.implicit.normals.estimate import estimate_normals
from eigenform.implicit.normals.noise import estimate_noise
from eigenform.implicit.normals.orient import orient_normals
from eigenform.implicit.normals.prepare import Prepared, prepare_normals, prepare_points
from eigenform.implicit.normals.sign import FarField, far_field_sign

__all__ = [
    "FarField",
    "Prepared",
    "denoise_points",
    "estimate_noise",
    "estimate_normals",
    "far_field_sign",
    "orient_normals",
    "prepare_normals",
    "prepare_points",
]
