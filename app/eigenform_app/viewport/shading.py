"""Colours, nodal lines and level curves, drawn by the fragment shader from the one array of values.

The mapper uploads the values alone; the colour map is a table in the shader and its range two uniforms. A mode switch
thus costs one upload, and VTK's own mapping of scalars to texture coordinates (a pass over all vertices on the CPU) is
never run. Lines compare the interpolated value with its screen-space gradient, so that they are as wide as asked at
every zoom and follow every animation frame with no geometry of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eigenform_app.viewport import studio
from eigenform_app.viewport.colours import rgb, table

KNOTS = 13  # colours of the map in the shader, which mixes neighbours (an indexed table is slow on software GL)

_VERTEX_DEC = "//VTK::Normal::Dec\nin float phi;\nout float phiVS;\nout vec3 efAtVS;"
_VERTEX_IMPL = "//VTK::Normal::Impl\n  phiVS = phi;\n  efAtVS = vertexMC.xyz;"
_CROP = """
  if (efCrop > 0.5 && (any(lessThan(efAtVS, efCropLow)) || any(greaterThan(efAtVS, efCropHigh)))) discard;
"""
_COLOUR = """
  if (efOn > 0.5) {
    diffuseColor = efMap((phiVS - efLow) / (efHigh - efLow));
    ambientColor = %(ambient)s * diffuseColor;
  }
"""
_LINES = """
  float efGrad = length(vec2(dFdx(phiVS), dFdy(phiVS)));
  float efShade = dot(diffuseColor, vec3(0.2126, 0.7152, 0.0722)) > 0.25 ? 0.0 : 1.0;
  float efTiny = 1e-6 * (efHigh - efLow);
  if (efIso > 0.0 && efGrad > efTiny) {
    float efAt = (phiVS - efLow) / efIso;
    float efFar = abs(efAt - floor(efAt + 0.5)) * efIso / efGrad;
    float efFade = 1.0 - smoothstep(0.15, 0.5, efGrad / efIso);
    bool efEnd = efAt < 0.5 || (efHigh - phiVS) / efIso < 0.5;
    float efIn = efEnd ? 0.0 : 0.42 * efFade * (1.0 - smoothstep(0.35, 1.25, efFar));
    diffuseColor = mix(diffuseColor, vec3(efShade), efIn);
    ambientColor = mix(ambientColor, vec3(efShade), efIn);
  }
  if (efZero > 0.0 && efGrad > efTiny) {
    float efLine = 0.85 * (1.0 - smoothstep(efZero - 0.6, efZero + 0.6, abs(phiVS) / efGrad));
    efLine *= 1.0 - smoothstep(0.5, 3.0, efGrad / max(abs(efLow), abs(efHigh)));
    vec3 efInk = mix(vec3(0.10, 0.11, 0.14), vec3(0.93, 0.94, 0.96), efShade);
    diffuseColor = mix(diffuseColor, efInk, efLine);
    ambientColor = mix(ambientColor, 0.3 * efInk, efLine);
  }
"""

_FLAT = "  ambientColor = diffuseColor; diffuseColor = vec3(0.0);\n"


def install(
    actor: Any, mapper: Any, lines: bool, lit: bool = True, gloss: float = studio.GLOSS, mapped: bool = True
) -> None:
    """Give the actor's shader our code; the mapper's data must have a point array ``phi``.

    ``lines`` is for surfaces; points have no gradient to draw lines with. What is not ``lit`` shows its colours as
    they are, as a chart does. ``gloss`` is the strength of the highlight; what has none keeps its colours to the end,
    so that a photograph in full light is that photograph. What is not ``mapped`` has no values: a CPU computes both
    sides of every branch, and the map would cost as much as the light.
    """
    mapper.MapDataArrayToVertexAttribute("phi", "phi", 0, -1)
    shader = actor.GetShaderProperty()
    shader.AddVertexShaderReplacement("//VTK::Normal::Dec", True, _VERTEX_DEC, False)
    shader.AddVertexShaderReplacement("//VTK::Normal::Impl", True, _VERTEX_IMPL, False)
    code = (
        _CROP
        + (_COLOUR % {"ambient": studio.AMBIENT} if mapped else "")
        + (_LINES if lines else "")
        + (_studio_code(gloss) if lit else _FLAT)
    )
    shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, code + "//VTK::Light::Impl", False)
    set_crop(actor, None)
    if mapped:
        set_map(actor, "blue-red")
    else:
        dec = "//VTK::Normal::Dec\nin float phiVS;\nin vec3 efAtVS;"
        shader.AddFragmentShaderReplacement("//VTK::Normal::Dec", True, dec, False)
    set_range(actor, False, -1.0, 1.0)
    set_lines(actor, False, 0.0)


def install_crop(actor: Any) -> None:
    """Let an actor with no other code of ours be cropped."""
    shader = actor.GetShaderProperty()
    dec, impl = "//VTK::Normal::Dec", "//VTK::Normal::Impl"
    shader.AddVertexShaderReplacement(dec, True, f"{dec}\nout vec3 efAtVS;", False)
    shader.AddVertexShaderReplacement(impl, True, f"{impl}\n  efAtVS = vertexMC.xyz;", False)
    shader.AddFragmentShaderReplacement(dec, True, f"{dec}\nin vec3 efAtVS;", False)
    shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, f"{_CROP}//VTK::Light::Impl", False)
    set_crop(actor, None)


def set_crop(actor: Any, box: np.ndarray | None) -> None:
    """Draw only what lies in ``box`` (2, 3) in world coordinates; None draws everything.

    Six clipping planes would leave VTK no room for the plane that the person drags: it takes six in all.
    """
    uniforms = actor.GetShaderProperty().GetFragmentCustomUniforms()
    uniforms.SetUniformf("efCrop", 0.0 if box is None else 1.0)
    near, far = np.zeros((2, 3)) if box is None else box - np.asarray(actor.GetPosition())
    uniforms.SetUniform3f("efCropLow", [float(v) for v in near])
    uniforms.SetUniform3f("efCropHigh", [float(v) for v in far])


def _studio_code(gloss: float) -> str:
    """The lights of the studio, summed here: VTK would run its general light code, with a power, for each lamp.

    Bright values bend towards white instead of being cut off one colour at a time, which would shift the hue.
    """
    lamps = []
    for position, intensity, colour in studio.LIGHTS:
        x, y, z = np.asarray(position) / np.linalg.norm(position)
        r, g, b = (intensity * c for c in rgb(colour))
        along = f"dot(normalVCVSOutput, vec3({x:.5f}, {y:.5f}, {z:.5f}))"
        lamps.append(f"  efLit += vec3({r:.5f}, {g:.5f}, {b:.5f}) * max(0.0, {along});")
    key = np.asarray(studio.LIGHTS[0][0]) / np.linalg.norm(studio.LIGHTS[0][0])
    half = (key + [0.0, 0.0, 1.0]) / np.linalg.norm(key + [0.0, 0.0, 1.0])
    shine = (
        f"pow(max(0.0, dot(normalVCVSOutput, vec3({half[0]:.5f}, {half[1]:.5f}, {half[2]:.5f}))), {studio.SHINE:.1f})"
    )
    lines = [
        "  vec3 efLit = vec3(0.0);",
        *lamps,
        f"  ambientColor += diffuseColor * efLit + vec3({gloss:.3f} * {shine});",
    ]
    knee = "  ambientColor = min(ambientColor, 0.75 + 0.25 * (1.0 - exp(-max(ambientColor - 0.75, 0.0) / 0.25)));"
    bend = [knee] if gloss else []
    return "\n".join([*lines, *bend, "  diffuseColor = vec3(0.0);", ""])


def set_map(actor: Any, name: str) -> None:
    """Choose a colour map; the shader is compiled again."""
    full = table(name)
    at = np.linspace(0, len(full) - 1, KNOTS)
    index = np.minimum(at.astype(int), len(full) - 2)
    colours = full[index] + (at - index)[:, None] * (full[index + 1] - full[index])
    knots = [f"vec3({r:.4f}, {g:.4f}, {b:.4f})" for r, g, b in colours]
    mixes = [f"  c = mix(c, {k}, clamp(t - {i}.0, 0.0, 1.0));" for i, k in enumerate(knots[1:])]
    body = [f"  vec3 c = {knots[0]};", f"  t *= {KNOTS - 1}.0;", *mixes, "  return c;"]
    code = "\n".join(["//VTK::Normal::Dec", "in float phiVS;", "in vec3 efAtVS;", "vec3 efMap(float t) {", *body, "}"])
    actor.GetShaderProperty().AddFragmentShaderReplacement("//VTK::Normal::Dec", True, code, False)


def set_range(actor: Any, coloured: bool, low: float, high: float) -> None:
    """Colour by value between ``low`` and ``high``, or not at all."""
    uniforms = actor.GetShaderProperty().GetFragmentCustomUniforms()
    uniforms.SetUniformf("efOn", 1.0 if coloured else 0.0)
    uniforms.SetUniformf("efLow", float(low))
    uniforms.SetUniformf("efHigh", float(high))


def set_lines(actor: Any, zero: bool, iso_step: float, width: float = 1.1) -> None:
    """Draw the curve ``value = 0`` with half width ``width`` (device pixels), and level curves ``iso_step`` apart.

    Level curves count from the low end of the range; a step of 0 draws none.
    """
    uniforms = actor.GetShaderProperty().GetFragmentCustomUniforms()
    uniforms.SetUniformf("efZero", width if zero else 0.0)
    uniforms.SetUniformf("efIso", float(iso_step))
