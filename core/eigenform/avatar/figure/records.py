"""The methods that pose, rig and train an avatar."""

from __future__ import annotations

from eigenform.method import Method

RECORDS: tuple[Method, ...] = (
    Method(
        name="pose",
        title="Pose the avatar",
        pillar="avatar",
        verb="avatar",
        inputs=("Avatar",),
        output="Avatar",
        params="eigenform.avatar.figure.settings:PoseParams",
        target="eigenform.avatar.figure.methods:run_pose",
        summary="Put an avatar into a sample pose, a moment of a walk or of a movement from a BVH file.",
        presets={"walk": {"pose": "walk", "walk": True}, "rest": {"pose": "rest"}},
        source="Linear blend skinning, Magnenat-Thalmann, Laperriere and Thalmann, Graphics Interface 1988",
        live=True,
    ),
    Method(
        name="rig",
        title="Rig a mesh by a body",
        pillar="avatar",
        verb="avatar",
        inputs=("Shape", "Body"),
        output="Avatar",
        params="eigenform.avatar.figure.settings:RigParams",
        target="eigenform.avatar.figure.methods:run_rig",
        summary="Make any clothed mesh an avatar: it gets the bones and weights of a body in the same pose.",
        presets={"as it stands": {"align": False}},
        source="Diffused weights after Baran and Popovic, Automatic rigging and animation of 3D characters, 2007",
    ),
    Method(
        name="learn-avatar",
        title="Learn from several views",
        pillar="avatar",
        verb="avatar",
        inputs=("Avatar", "Person"),
        output="Avatar",
        params="eigenform.avatar.figure.settings:LearnParams",
        target="eigenform.avatar.figure.learned:run",
        summary="Learn from photographs of the same person in several poses how the clothes move with the pose.",
        presets={"quick": {"steps": 300}, "weights only": {"offsets": False}},
        source="After Saito, Yang, Ma and Black, SCANimate, CVPR 2021, arXiv 2104.03313",
    ),
)
"""The methods of this folder, for the registry."""
