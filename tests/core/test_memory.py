"""Forecasts grow as they should and refusals are one sentence."""

import pytest
from eigenform import memory
from eigenform.errors import InputError, NeedsMemory
from eigenform.params import make
from eigenform.spectral.settings import ClassicalParams, LearnedParams, ProbeParams


def test_classical_forecast_is_near_what_was_measured():
    """Peaks of the child in bytes, from benchmarks/classical.py on one computer; within a third."""
    for count, measured in ((10_242, 0.15e9), (40_962, 0.26e9), (163_842, 0.86e9)):
        assert memory.forecast("classical", count, make(ClassicalParams)) == pytest.approx(measured, rel=0.33)
    for count, measured in ((40_962, 0.58e9), (163_842, 2.05e9)):
        assert memory.forecast("classical", count, make(ClassicalParams), cloud=True) == pytest.approx(
            measured, rel=0.33
        )


def test_learned_forecast_is_near_what_was_measured():
    """Peaks of a process that trains a few steps on a sphere and evaluates at its vertices; within a third."""
    for count, values, measured in (
        (10_242, {}, 0.48e9),
        (10_242, {"samples": 10_000}, 0.74e9),
        (10_242, {"probes": "heat", "probe_count": 2048}, 0.77e9),
        (163_842, {}, 0.73e9),
        (655_362, {}, 1.77e9),
    ):
        params = make(LearnedParams, {"columns": 256, "hidden": 256, "layers": 2, **values})
        assert memory.forecast("learned", count, params) == pytest.approx(measured, rel=0.33)
    for count, values, measured in (
        (10_242, {}, 0.29e9),
        (10_242, {"probes": "heat", "probe_count": 2048}, 0.42e9),
        (163_842, {}, 0.6e9),
    ):
        assert memory.forecast("probes", count, make(ProbeParams, values)) == pytest.approx(measured, rel=0.33)


@pytest.mark.parametrize(
    ("method", "params"), [("classical", ClassicalParams), ("probes", ProbeParams), ("learned", LearnedParams)]
)
def test_more_vertices_and_modes_need_more(method, params):
    few, many = make(params, {"modes": 20}), make(params, {"modes": 200})
    assert memory.forecast(method, 10_000, few) < memory.forecast(method, 1_000_000, few)
    assert memory.forecast(method, 100_000, few) < memory.forecast(method, 100_000, many)


def test_refusal_is_one_sentence(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: int(4e9))
    memory.require(3e9, "The classical basis")
    with pytest.raises(NeedsMemory, match=r"^The classical basis needs about 9\.0 GB .* 4\.0 GB are free") as caught:
        memory.require(9e9, "The classical basis")
    assert isinstance(caught.value, InputError)
    assert "\n" not in str(caught.value)


def test_available_memory_is_plausible():
    assert 1e7 < memory.available() < 1e14
