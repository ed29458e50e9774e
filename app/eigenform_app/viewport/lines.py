"""Nodal lines and level curves, drawn by the fragment shader: as wide as asked on the screen at every zoom.

The shader compares the interpolated value with its screen-space gradient, so that the lines follow the value of every
animation frame and mode switch with no geometry of their own.
"""

from __future__ import annotations

from typing import Any

_VERTEX_DEC = "//VTK::Normal::Dec\nin float phi;\nout float phiVS;"
_VERTEX_IMPL = "//VTK::Normal::Impl\n  phiVS = phi;"
_FRAGMENT_DEC = "//VTK::Normal::Dec\nin float phiVS;"
_FRAGMENT_IMPL = """
  float efGrad = length(vec2(dFdx(phiVS), dFdy(phiVS)));
  float efShade = dot(diffuseColor, vec3(0.2126, 0.7152, 0.0722)) > 0.25 ? 0.0 : 1.0;
  if (efIso > 0.0 && efGrad > efTiny) {
    float efAt = (phiVS - efBase) / efIso;
    float efFar = abs(efAt - floor(efAt + 0.5)) * efIso / efGrad;
    float efEnd = (efTop2 - phiVS) / efIso;
    float efIn = (efAt < 0.5 || efEnd < 0.5) ? 0.0 : 0.42 * (1.0 - smoothstep(0.35, 1.25, efFar)) * (1.0 - smoothstep(0.15, 0.5, efGrad / efIso));
    diffuseColor = mix(diffuseColor, vec3(efShade), efIn);
    ambientColor = mix(ambientColor, vec3(efShade), efIn);
  }
  if (efZero > 0.0 && efGrad > efTiny) {
    float efOn = 0.85 * (1.0 - smoothstep(efZero - 0.6, efZero + 0.6, abs(phiVS) / efGrad));
    efOn *= 1.0 - smoothstep(0.5, 3.0, efGrad / efTop);
    vec3 efInk = mix(vec3(0.10, 0.11, 0.14), vec3(0.93, 0.94, 0.96), efShade);
    diffuseColor = mix(diffuseColor, efInk, efOn);
    ambientColor = mix(ambientColor, efInk, efOn);
  }
"""


def install(actor: Any, mapper: Any) -> None:
    """Give the actor's shader the line code; its mapper's point scalars must be called ``phi``."""
    mapper.MapDataArrayToVertexAttribute("phi", "phi", 0, -1)
    shader = actor.GetShaderProperty()
    shader.AddVertexShaderReplacement("//VTK::Normal::Dec", True, _VERTEX_DEC, False)
    shader.AddVertexShaderReplacement("//VTK::Normal::Impl", True, _VERTEX_IMPL, False)
    shader.AddFragmentShaderReplacement("//VTK::Normal::Dec", True, _FRAGMENT_DEC, False)
    shader.AddFragmentShaderReplacement("//VTK::Light::Impl", True, _FRAGMENT_IMPL + "//VTK::Light::Impl", False)
    update(actor, False, 0.0, -1.0, 1.0)


def update(actor: Any, zero: bool, iso_step: float, low: float, high: float, width: float = 1.1) -> None:
    """Set what is drawn.

    Parameters
    ----------
    zero : bool
        Draw the curve ``value = 0``.
    iso_step : float
        Distance of two level curves in units of the value, from ``low`` on; 0 draws none.
    low, high : float
        Range of the values, which sets what counts as flat.
    width : float
        Half width of the nodal line in device pixels.
    """
    uniforms = actor.GetShaderProperty().GetFragmentCustomUniforms()
    uniforms.SetUniformf("efZero", width if zero else 0.0)
    uniforms.SetUniformf("efIso", float(iso_step))
    uniforms.SetUniformf("efBase", float(low))
    uniforms.SetUniformf("efTop2", float(high))
    uniforms.SetUniformf("efTop", float(max(abs(low), abs(high))))
    uniforms.SetUniformf("efTiny", float(1e-6 * (high - low)))
