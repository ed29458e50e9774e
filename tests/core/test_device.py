"""Devices, memory and provenance: nothing is replaced silently, and everything is told in words."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from eigenform import device, provenance
from eigenform.errors import InputError, NeedsMemory
from eigenform.spectral.settings import LearnedParams


def test_the_cpu_is_always_there_and_auto_takes_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    assert device.choose("cpu") == "cpu"
    assert device.choose("auto") == device.available()[0]
    monkeypatch.setattr(device, "available", lambda: ["cuda", "cpu"])
    assert device.choose("auto") == "cuda"


def test_a_device_that_is_absent_is_never_replaced_by_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "available", lambda: ["cpu"])
    for name in ("cuda", "mps"):
        with pytest.raises(InputError, match=f"{name}.*only cpu"):
            device.choose(name)
    with pytest.raises(InputError, match="no device 'tpu'"):
        device.choose("tpu")


def test_training_leaves_a_core_unless_threads_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr(device, "cores", lambda: 3)
    try:
        torch.set_num_threads(3)
        monkeypatch.setenv("OMP_NUM_THREADS", "3")
        device.leave_a_core()
        assert torch.get_num_threads() == 3
        monkeypatch.delenv("OMP_NUM_THREADS")
        device.leave_a_core()
        device.leave_a_core()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_threads_leave_a_core_free_and_the_environment_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in device.THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setattr(device, "cores", lambda: 4)
    device.limit_threads()
    assert [os.environ[n] for n in device.THREAD_VARIABLES] == ["7", "3", "3", "3"]


def test_memory_is_in_bytes_and_the_peak_grows() -> None:
    report = device.memory()
    assert 0 < report.process <= report.peak
    assert report.available <= report.total
    big = np.ones(300_000_000 // 8)
    assert device.peak_bytes() >= report.process + big.nbytes // 2
    assert device.words(1536 * 2**20) == "1.5 GiB"
    assert device.words(10) == "10 bytes"


def test_running_out_of_memory_is_told_in_words() -> None:
    with (
        pytest.raises(NeedsMemory, match=r"Training ran out of memory .*fewer samples"),
        device.plain_memory_errors("Training"),
    ):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes")
    with pytest.raises(RuntimeError, match="shape"), device.plain_memory_errors("Training"):
        raise RuntimeError("shape mismatch")


def test_provenance_is_json_and_names_everything() -> None:
    meta = provenance.describe("learned", LearnedParams(seed=5), seconds=1.5, loss=math.inf, at=Path("a/b"))
    back = json.loads(json.dumps(meta, allow_nan=False))
    assert back["params"]["samples"] == 2500
    assert back["seed"] == 5
    assert back["loss"] is None
    assert {"eigenform", "python", "numpy", "torch"} <= set(back["versions"])


def test_json_safe_knows_numpy() -> None:
    given = {"a": np.float32(0.5), "b": np.arange(2), "c": (np.bool_(True), None), 3: np.array([np.nan])}
    assert provenance.json_safe(given) == {"a": 0.5, "b": [0, 1], "c": [True, None], "3": [None]}
