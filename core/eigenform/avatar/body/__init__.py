"""The parametric body: preparation, shapes, poses."""
