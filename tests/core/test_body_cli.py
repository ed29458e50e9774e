"""The verb that makes a body, and the way from a body to a spectrum."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from avatar_fixtures import body
from eigenform import jobs
from eigenform.avatar.body import prepare
from eigenform.avatar.body.make import make_body
from eigenform.cli import main
from eigenform.conversions import conversion, mesh_of_figure
from eigenform.errors import Cancelled
from eigenform.implicit.report import report_card
from eigenform.io.files import read_any
from eigenform.jobs import JobContext
from eigenform.params import make, params_of
from eigenform.registry import get
from eigenform.types import Body


def test_a_body_is_made_of_no_file_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body()
    out = tmp_path / "body.npz"
    assert main(["body", "--gender", "0.3", "--pose", "walking", "--walk", "true", "--out", str(out), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["vertices"], row["bones"]) == (13718, 104)
    value = read_any(out)
    assert isinstance(value, Body)
    assert value.shape["gender"] == pytest.approx(0.3)
    assert value.clips[0].name == "walk"
    assert value.meta["method"] == "body"
    assert value.meta["pose"] == "walking"


def test_a_file_too_many_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["body", "x.npz", "--out", str(tmp_path / "b.npz")]) == 2
    assert "0 FILE" in capsys.readouterr().err


def test_every_parameter_changes_the_body() -> None:
    record = get("body")
    base = jobs.run(record, [], make(record.params_class(), {}))
    others = {
        "pose": "squat", "random": True, "seed": 3, "changes": "nose-hump-incr=1", "walk": True,
        "gender": 0.1, "age": 0.9, "muscle": 0.9, "weight": 0.9, "height": 0.9, "proportions": 0.9,
    }  # fmt: skip
    assert {*others, "model"} == {p.name for p in params_of(record.params_class())}
    for name, value in others.items():
        values = {name: value} | ({"random": True} if name == "seed" else {})
        made = jobs.run(record, [], make(record.params_class(), values))
        if name == "walk":
            assert len(made.clips) == 1
        else:
            assert np.abs(made.verts - base.verts).max() > 1e-3, name


def test_the_shape_of_a_body_is_its_closed_skin() -> None:
    value = make_body({"age": 0.7})
    found = conversion("Body", "Shape")
    assert found is not None
    shape = found.run(value)
    card = report_card(shape.verts, shape.faces)
    assert len(shape.verts) == 13348
    assert card["watertight"]
    assert card["components"] == 1
    assert "3 smaller parts" in shape.notes[0]
    assert len(mesh_of_figure(value, "all").verts) == 13718
    kept = {tuple(v) for v in shape.verts}
    assert kept <= {tuple(v) for v in value.verts}


def test_a_preparation_obeys_a_cancel_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EIGENFORM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    ctx = JobContext()
    cancelled: list[float] = []

    def cancel() -> None:
        cancelled.append(time.monotonic())
        ctx.cancel()

    threading.Timer(1.0, cancel).start()
    with pytest.raises(Cancelled):
        prepare.prepared("default", ctx)
    assert time.monotonic() - cancelled[0] < 2.0  # the delays of a busy machine included
    assert list((tmp_path / "cache" / "body").iterdir()) == []
    assert list((tmp_path / "temporary").iterdir()) == []
