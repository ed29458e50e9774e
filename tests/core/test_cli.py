"""The contract of the command line: exit status, standard output, files left behind. Uses a toy method throughout."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import toy_method
from eigenform import cli, registry

KEYS = {"method", "modes", "samples", "seed", "device", "loss", "optimum", "ratio", "seconds", "peak_bytes", "out"}


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "METHODS", (toy_method.TOY, *registry.METHODS))


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "points.npy"
    np.save(path, np.random.default_rng(0).normal(size=(40, 3)))
    return path


def make(points: Path, out: Path, *flags: str) -> int:
    return cli.main(["basis", str(points), "--method", "toy", "--out", str(out), *flags])


def said(capfd: pytest.CaptureFixture[str]) -> tuple[str, str]:
    captured = capfd.readouterr()
    return captured.out, captured.err


def one_sentence(err: str) -> bool:
    return err.count("\n") == 1 and err.startswith("eigenform") and "Traceback" not in err


def test_json_is_one_object_with_the_keys_of_the_contract(points: Path, tmp_path: Path, capfd) -> None:
    assert make(points, tmp_path / "b.npz", "--json", "--modes", "4", "--seed", "7") == 0
    out, _ = said(capfd)
    row = json.loads(out)
    assert set(row) == KEYS
    assert (row["method"], row["modes"], row["seed"], row["samples"]) == ("toy", 4, 7, None)
    assert row["ratio"] == pytest.approx(1.01)
    assert row["peak_bytes"] > 1e6
    with np.load(row["out"], allow_pickle=False) as file:
        assert {"verts", "faces", "evecs", "evals", "mass", "meta"} <= set(file.files)


def test_noise_of_libraries_never_reaches_standard_output(points: Path, tmp_path: Path, capfd) -> None:
    assert make(points, tmp_path / "b.npz", "--json", "--trouble", "noise") == 0
    out, err = said(capfd)
    json.loads(out)
    assert "a print in Python" in err
    assert "a print in a native library" in err


def test_quiet_says_nothing_and_without_json_stdout_is_empty(points: Path, tmp_path: Path, capfd) -> None:
    assert make(points, tmp_path / "b.npz", "--quiet") == 0
    assert said(capfd) == ("", "")
    assert make(points, tmp_path / "c.npz") == 0
    out, err = said(capfd)
    assert out == ""
    assert "3 modes by toy" in err


def test_what_exists_is_kept_unless_forced(points: Path, tmp_path: Path, capfd) -> None:
    out = tmp_path / "b.npz"
    out.write_bytes(b"precious")
    assert make(points, out) == 2
    assert out.read_bytes() == b"precious"
    assert "--force" in said(capfd)[1]
    assert make(points, out, "--force") == 0
    assert out.read_bytes() != b"precious"


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (["--method", "oracle"], "learned"),
        (["--method", "classical", "--samples", "100"], "learned and probes have"),
        (["--method", "probes", "--learning-rate", "0.1"], "learned has"),
        (["--method", "classical", "--device", "cuda"], "learned has"),
        (["--method", "learned", "--preset", "best"], "as-published"),
        (["--method", "toy", "--modes", "0"], "between 1 and 10"),
        (["--method", "toy", "--resume"], "no checkpoint"),
        (["--method", "toy", "--trouble", "input"], "bad input"),
        (["--method", "toy", "--mode", "3"], "unrecognized"),
    ],
)
def test_bad_usage_is_one_sentence_and_leaves_nothing(points: Path, tmp_path: Path, capfd, flags, word) -> None:
    out = tmp_path / "b.npz"
    assert cli.main(["basis", str(points), "--out", str(out), "--quiet", *flags]) == 2
    stdout, err = said(capfd)
    assert stdout == ""
    assert one_sentence(err), err
    assert word in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["points.npy"]


@pytest.mark.parametrize("out", ["nowhere/b.npz", "b.docx", "."])
def test_a_place_that_cannot_be_written_is_refused_before_any_work(points: Path, tmp_path: Path, capfd, out) -> None:
    assert make(points, tmp_path / out, "--trouble", "crash") == 2
    assert one_sentence(said(capfd)[1])


def test_missing_and_unreadable_inputs(tmp_path: Path, capfd) -> None:
    (tmp_path / "bad.obj").write_bytes(b"\x00\x01 nothing of use")
    for name in ("nowhere.obj", "bad.obj", "."):
        assert make(tmp_path / name, tmp_path / "b.npz", "--quiet") == 2
        assert one_sentence(said(capfd)[1])
    assert cli.main(["info", "sample:teapot"]) == 2
    assert "sphere" in said(capfd)[1]


def test_a_failure_of_ours_names_the_log_and_leaves_nothing(points, tmp_path, capfd, monkeypatch) -> None:
    monkeypatch.setattr("eigenform.logs.log_file", lambda name="eigenform.log": tmp_path / "the.log")
    assert make(points, tmp_path / "b.npz", "--trouble", "crash", "--quiet") == 1
    out, err = said(capfd)
    assert out == ""
    assert one_sentence(err)
    assert str(tmp_path / "the.log") in err
    assert "Traceback" in (tmp_path / "the.log").read_text(encoding="utf-8")
    assert not (tmp_path / "b.npz").exists()


def start(*arguments: str, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
    code = "import sys, toy_method; toy_method.install(); from eigenform.cli import main; sys.exit(main(sys.argv[1:]))"
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, text=True, env=environment, stdout=subprocess.PIPE, stderr=stderr)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_and_resume_goes_on(points: Path, tmp_path: Path, capfd, number: int) -> None:
    out = tmp_path / "b.npz"
    run = start("basis", str(points), "--method", "toy", "--steps", "2000", "--pause", "0.01", "--out", str(out))
    assert run.stderr is not None
    while "toying" not in (line := run.stderr.readline()):
        assert line, "the run ended before it began"
    time.sleep(0.2)
    run.send_signal(number)
    stdout, err = run.communicate(timeout=20)
    assert run.returncode == 130
    assert stdout == ""
    assert not out.exists()
    checkpoint = tmp_path / "b.npz.checkpoint"
    assert checkpoint.exists()
    assert str(checkpoint) in err
    assert "--resume" in err
    assert make(points, out, "--steps", "2000", "--resume", "--quiet") == 0
    with np.load(out, allow_pickle=False) as file:
        assert json.loads(str(file["meta"]))["began_at"] > 0
    assert not checkpoint.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_bar_is_drawn_on_a_terminal_only(points: Path, tmp_path: Path) -> None:
    import pty

    flags = ["--method", "toy", "--steps", "40", "--pause", "0.01"]
    screen, terminal = pty.openpty()
    run = start("basis", str(points), *flags, "--out", str(tmp_path / "a.npz"), stderr=terminal)
    os.close(terminal)
    assert run.wait(20) == 0
    drawn = os.read(screen, 100_000).decode()
    os.close(screen)
    assert "#" in drawn
    assert "\r" in drawn
    run = start("basis", str(points), *flags, "--out", str(tmp_path / "b.npz"))
    _, err = run.communicate(timeout=20)
    assert "#" not in err
    assert "\r" not in err
    assert "toying" in err


def test_a_basis_and_a_sample_are_inputs_too(points: Path, tmp_path: Path, capfd) -> None:
    assert make(points, tmp_path / "b.npz", "--quiet") == 0
    assert make(tmp_path / "b.npz", tmp_path / "c.npz", "--quiet") == 0
    assert cli.main(["info", str(tmp_path / "b.npz"), "--json"]) == 0
    info = json.loads(said(capfd)[0])
    assert (info["kind"], info["vertices"], info["faces"]) == ("cloud", 40, 0)
    assert cli.main(["info", "sample:sphere", "--json"]) == 0
    info = json.loads(said(capfd)[0])
    keys = "kind vertices faces dimension components boundary_loops nonmanifold_edges watertight area bounds warnings"
    assert set(keys.split()) <= set(info)
    assert (info["kind"], info["components"], info["watertight"]) == ("mesh", 1, True)


def test_compare_needs_two_bases_on_the_same_vertices(points: Path, tmp_path: Path, capfd) -> None:
    a, b = tmp_path / "a.npz", tmp_path / "b.npz"
    assert make(points, a, "--quiet") == 0
    assert make(points, b, "--quiet", "--modes", "5") == 0
    assert cli.main(["compare", str(a), str(b), "--json"]) == 0
    row = json.loads(said(capfd)[0])
    assert {"captured_span", "captured_nested", "cosine_index", "cosine_matched"} <= set(row)
    assert set(row["captured_span"]) == {"10", "20", "50"}
    assert cli.main(["compare", str(a), str(points)]) == 2
    other = tmp_path / "other.npy"
    np.save(other, np.random.default_rng(0).normal(size=(30, 3)))
    assert make(other, tmp_path / "o.npz", "--quiet") == 0
    said(capfd)
    assert cli.main(["compare", str(a), str(tmp_path / "o.npz")]) == 2
    assert one_sentence(said(capfd)[1])


def test_evaluate_refuses_a_basis_without_a_network(points: Path, tmp_path: Path, capfd) -> None:
    assert make(points, tmp_path / "a.npz", "--quiet") == 0
    arguments = ["evaluate", str(tmp_path / "a.npz"), "--on", "sample:sphere", "--out", str(tmp_path / "e.npz")]
    assert cli.main(arguments) == 2
    err = said(capfd)[1]
    assert one_sentence(err)
    assert "network" in err
    assert not (tmp_path / "e.npz").exists()


def test_export_by_ending_and_by_name(points: Path, tmp_path: Path, capfd) -> None:
    assert make(points, tmp_path / "a.npz", "--quiet") == 0
    for name in ("a.mat", "a.csv", "a.ply", "a.ev"):
        assert cli.main(["export", str(tmp_path / "a.npz"), str(tmp_path / name), "--json"]) == 0
        assert json.loads(said(capfd)[0])["out"] == str(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 0
    bad = ["export", str(tmp_path / "a.npz"), str(tmp_path / "z.npz"), "--format", "docx"]
    assert cli.main(bad) == 2
    assert "diffusionnet" in said(capfd)[1]


def test_methods_and_samples_are_listed(tmp_path: Path, capfd) -> None:
    assert cli.main(["methods", "--json"]) == 0
    listed = {m["name"]: m for m in json.loads(said(capfd)[0])["methods"]}
    assert {"learned", "probes", "classical"} <= set(listed)
    assert {p["name"] for p in listed["learned"]["params"]} >= {
        "modes",
        "samples",
        "seed",
        "device",
        "steps",
        "seconds",
    }
    assert cli.main(["samples"]) == 0
    names = [line.split()[0] for line in said(capfd)[0].splitlines()]
    assert names == [
        *("sphere", "torus", "knot", "ellipsoid", "creature", "dumbbell", "sheet", "two-component", "high-genus"),
        *("swiss-roll", "flat-torus", "digits"),
    ]
    assert cli.main(["samples", "sphere", str(tmp_path / "s.ply"), "--json"]) == 0
    assert json.loads(said(capfd)[0])["faces"] > 0
    assert cli.main(["samples", "sphere"]) == 2


def test_every_parameter_of_every_method_is_a_flag(capfd) -> None:
    from eigenform.params import params_of

    assert cli.main(["basis", "--help"]) == 0
    text = said(capfd)[0]
    for method in registry.methods("basis"):
        assert method.name in text
        assert all(p.flag in text for p in params_of(method.params_class()))
    for verb in ("info", "basis", "evaluate", "compare", "export", "batch", "methods", "samples"):
        assert cli.main([verb, "--help"]) == 0


def test_a_preset_gives_values_that_flags_override(monkeypatch: pytest.MonkeyPatch) -> None:
    from eigenform.commands.chosen import chosen

    _, params = chosen("basis", "learned", "as-published", {"steps": "7"})
    assert (params.network, params.last_layer, params.steps) == ("transformer", "qr", 7)
    _, params = chosen("basis", "classical", "default", {"device": "cpu"})
    assert not hasattr(params, "device")


def test_a_progress_bar_is_one_line() -> None:
    from eigenform.commands.console import bar
    from eigenform.jobs import Progress

    line = bar(Progress(5, 10, "training", {"ratio": 1.0123}, 3.0, 4.0), width=10)
    assert line == "[#####.....] 5/10  training  ratio 1.012  4 s left"
