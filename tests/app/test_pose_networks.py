"""The dialog of the avatar networks: what is in use, training with pause, stop and resume, own weights."""

from __future__ import annotations

import time

import numpy as np
import pytest
from eigenform.avatar.networks import weights
from eigenform.avatar.networks.settings import TrainParams
from eigenform.jobs import Checkpoint
from eigenform_app.avatar_training import network_row
from eigenform_app.panels.avatar_training_dialog import SYNTHETIC, AvatarTrainingDialog, NetworkRow, card_rows

CARD = {
    "architecture": {"bones": 22}, "parameters": 1234, "data": {"people": 64}, "device": "cpu", "date": "2025-01-01",
    "training": {"steps": 60, "seconds": 90}, "scores": {"mean_error_mm": 41.5},
}  # fmt: skip
ARRAYS = {"layer.weight": np.ones((2, 3), np.float32)}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The folder of own weights, empty."""
    folder = tmp_path / "own"
    monkeypatch.setenv("EIGENFORM_WEIGHTS", str(folder))
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    monkeypatch.setattr(weights, "shipped_folder", lambda: shipped)
    return folder


def toy(params, ctx):
    """Takes steps as a training does."""
    start = int(ctx.restored.state["step"]) if ctx.restored else 0
    for i in range(start, params.steps):
        time.sleep(0.005)
        if i % 5 == 0:
            ctx.save_checkpoint(Checkpoint({"w": np.zeros(2)}, {"step": i}))
        ctx.step(i + 1, params.steps, "Training", loss=1.0 / (i + 1))
    weights.write(weights.own_folder(), params.network, ARRAYS, CARD)
    return start


@pytest.fixture
def dialog(window, own, monkeypatch):
    """The dialog over the window, with a toy in the place of the real training."""
    monkeypatch.setattr("eigenform.avatar.networks.train.train", toy)
    window.actions_by_id["train_networks"].trigger()
    yield window.nets.dialog
    window.nets.dialog.close()


def test_it_says_what_synthetic_training_means(dialog):
    assert dialog.honest.text() == SYNTHETIC
    assert "photograph" in SYNTHETIC
    assert [dialog.list.item(n).data(256) for n in range(dialog.list.count())] == list(weights.NAMES)
    assert "no weights" in dialog.list.item(0).text()


def test_a_training_shows_its_curve_can_stop_and_goes_on(dialog, window, qtbot, own):
    dialog.list.setCurrentRow(1)
    assert dialog.network() == "lifter"
    dialog.form.set_values({"steps": 400})
    dialog.train.click()
    job = window.nets.job
    qtbot.waitUntil(lambda: job.ctx.progress().step > 10, timeout=60_000)
    qtbot.waitUntil(lambda: len(window.training._losses) > 5, timeout=30_000)
    assert dialog.bar.isVisible()
    dialog.pause.click()
    assert job.ctx.paused
    assert dialog.pause.text() == "Resume"
    dialog.pause.click()
    dialog.cancel.click()
    qtbot.waitUntil(lambda: not job.active, timeout=60_000)
    assert (own / "lifter.checkpoint").is_file()
    assert dialog.resume.isVisible()
    dialog.form.set_values({"steps": 60})
    reached = job.ctx.progress().step
    dialog.form.set_values({"steps": reached + 20})
    dialog.resume.click()
    again = window.nets.job
    qtbot.waitUntil(lambda: not again.active, timeout=60_000)
    assert again.state == "done"
    assert again.ctx.history()[0][0] > 1, "it went on where it was stopped"
    assert network_row("lifter").used == "own"
    assert not (own / "lifter.checkpoint").exists()
    assert "own weights" in dialog.list.item(1).text()


def test_own_weights_are_taken_set_aside_and_taken_again(dialog, window, own, tmp_path):
    card = weights.write(tmp_path / "mine", "finder", ARRAYS, CARD)
    window.nets.take_weights("finder", card)
    assert weights.find("finder") == own / "finder.json"
    assert weights.read_tensors(own / "finder.json", weights.read_card(own / "finder.json"))
    dialog.list.setCurrentRow(0)
    dialog.own.click()
    assert weights.find("finder") is None
    assert dialog.own.text() == "Use my own weights again"
    dialog.own.click()
    assert network_row("finder").used == "own"
    window.nets.take_weights("lifter", card)
    assert "finder" in window.banners.messages()[-1].words
    assert weights.find("lifter") is None
    (tmp_path / "mine" / "finder.safetensors").write_bytes(b"damaged")
    window.nets.take_weights("finder", card)
    assert "hash" in window.banners.messages()[-1].words
    assert network_row("finder").used == "own", "the weights in use stay"


def test_a_card_is_read_in_words(qtbot):
    rows = dict(card_rows(CARD))
    assert rows["Parameters"] == "1,234"
    assert rows["Scores"] == "mean error mm: 41.5"
    assert "60 steps" in rows["Training"]
    assert "None are installed" in dict(card_rows({}))["Weights"]
    shown = AvatarTrainingDialog(TrainParams)
    qtbot.addWidget(shown)
    shown.show_networks([NetworkRow("finder", "shipped", CARD), NetworkRow("lifter", "", {})])
    assert "shipped weights in use" in shown.what.text()
    asked = []
    shown.train_wanted.connect(lambda params, resumed: asked.append((params.network, resumed)))
    shown.list.setCurrentRow(1)
    shown.train.click()
    assert asked == [("lifter", False)]
