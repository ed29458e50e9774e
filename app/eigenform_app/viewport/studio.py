"""The photographic studio around a shape: background, lights and material, for the dark and the light theme."""

from __future__ import annotations

from typing import Any

from vtkmodules.vtkRenderingCore import vtkLight, vtkProperty

from eigenform_app.viewport.colours import rgb

# Lights stand in camera space: (position, intensity, colour). Key from the upper left, fill from the right, rim from
# above and behind; x right, y up, z towards the viewer.
LIGHTS = (
    ((-0.55, 0.75, 0.9), 0.74, "#fff8ee"),
    ((0.95, 0.15, 0.65), 0.30, "#e3ecff"),
    ((0.1, -0.9, 0.35), 0.16, "#fbeee2"),
    ((-0.1, 0.1, 1.0), 0.16, "#ffffff"),
    ((0.15, 0.95, -0.75), 0.34, "#ffffff"),
)
AMBIENT, DIFFUSE = 0.16, 0.92
GLOSS, SHINE = 0.15, 26.0  # strength and narrowness of the highlight
MATERIAL = {True: "#c9c5bd", False: "#d9d3c8"}
BACKGROUND = {True: ("#14161b", "#333a45"), False: ("#d3dae3", "#fbfcfd")}


def light(renderer: Any) -> None:
    """One lamp at the camera: the shader of the layers sums :data:`LIGHTS` itself; only helpers are lit by this one."""
    renderer.AutomaticLightCreationOff()
    renderer.RemoveAllLights()
    lamp = vtkLight()
    lamp.SetLightTypeToHeadlight()
    renderer.AddLight(lamp)


def background(renderer: Any, dark: bool, clear: bool = False) -> None:
    """A soft vertical gradient, or full transparency for pictures."""
    bottom, top = BACKGROUND[dark]
    renderer.SetBackground(*((0.0, 0.0, 0.0) if clear else rgb(bottom)))
    renderer.SetBackground2(*rgb(top))
    renderer.SetGradientBackground(not clear)
    renderer.SetBackgroundAlpha(0.0 if clear else 1.0)


def ramp(renderer: Any, below: Any, above: Any, low: float, high: float) -> None:
    """Let the gradient from ``below`` to ``above`` be seen from ``low`` to ``high``, shares of its height."""
    ends = [[b + (a - b) * share for a, b in zip(above, below, strict=True)] for share in (low, high)]
    renderer.SetBackground(*ends[0])
    renderer.SetBackground2(*ends[1])


def material(prop: vtkProperty, dark: bool, smooth: bool) -> None:
    """A satin ceramic: little ambient light, broad soft highlight."""
    prop.SetColor(*rgb(MATERIAL[dark]))
    prop.SetAmbient(AMBIENT)
    prop.SetDiffuse(DIFFUSE)
    prop.SetSpecular(0.0)
    if smooth:
        prop.SetInterpolationToPhong()
    else:
        prop.SetInterpolationToFlat()


def edges(prop: vtkProperty, dark: bool, opacity: float) -> None:
    """Fine lines over a surface."""
    prop.SetRepresentationToWireframe()
    prop.LightingOff()
    prop.SetColor(*rgb("#0c0e12" if dark else "#2a3038"))
    prop.SetOpacity(0.35 * opacity)
    prop.SetLineWidth(1.0)
