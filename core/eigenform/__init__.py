"""Eigenform: learned eigenbases of meshes, point clouds and point sets of any dimension.

Nothing heavy is imported here: ``import eigenform`` loads neither torch nor scipy. Methods are reached through
:mod:`eigenform.registry`, which names their modules by string.
"""

__version__ = "0.1.0"
