import numpy as np
import pytest
from eigenform import jobs, memory, registry
from eigenform.errors import Cancelled, InputError, NeedsMemory
from eigenform.implicit.components import keep_components
from eigenform.implicit.extract import contour, extract_surface, grid_shape, sample_grid
from eigenform.implicit.fields import field_of
from eigenform.implicit.report import report_card
from eigenform.jobs import JobContext
from eigenform.params import make
from known_fields import FunctionField, canonical, primitive
from skimage.measure import marching_cubes

BOX = np.array([[-0.5] * 3, [0.5] * 3])


def rough(points):
    """Far from a distance, with many parts, some of which leave the box."""
    waves = np.random.default_rng(0).standard_normal((12, 3)) * 12
    return np.cos(points @ waves.T + np.arange(12)).sum(axis=1)


def sphere(radius=0.4, centre=(0.013, 0.02, -0.03)):
    return FunctionField(lambda p: np.linalg.norm(p - centre, axis=1) - radius)


def extract(surface, ctx=None, **values):
    record = registry.get("extract")
    return jobs.run(record, [surface], make(record.params_class(), values), ctx)


@pytest.mark.parametrize("function", [rough, sphere().function])
@pytest.mark.parametrize("polish", [0, 1])
def test_the_tiles_do_not_matter(function, polish):
    one = extract_surface(FunctionField(function), BOX, 65, tile=64, polish=polish)
    assert one.stats["tiles"] == 1
    for tile in (8, 16, 32):
        some = extract_surface(FunctionField(function), BOX, 65, tile=tile, polish=polish)
        assert some.stats["tiles"] > 1
        assert np.array_equal(one.verts, some.verts)
        assert np.array_equal(canonical(one.faces), canonical(some.faces))


def test_a_narrow_band_gives_what_the_whole_grid_gives():
    box = np.array([[-0.5, -0.15, -0.15], [0.5, 0.15, 0.15]])
    field = sphere(0.13, (0.1, 0.011, -0.007))
    found = extract_surface(field, box, 257, tile=16)
    assert found.stats["stride"] == 2
    whole = sample_grid(field, box, 257)
    assert field.asked == found.stats["evaluated"] + whole.size
    assert found.stats["evaluated"] < 0.3 * whole.size
    verts, faces, _, _ = marching_cubes(whole, 0.0, allow_degenerate=True)
    assert (len(verts), len(faces)) == (len(found.verts), len(found.faces))
    places = verts * (box[1] - box[0]) / (np.array(whole.shape) - 1) + box[0]
    assert np.abs(np.sort(places, axis=0) - np.sort(found.verts, axis=0)).max() < 1e-5
    assert len(contour(whole, box)[1]) == pytest.approx(len(faces), rel=1e-3)


def test_a_sphere_is_closed_outward_and_exact_to_a_thousandth_of_a_cell():
    verts, faces, stats = extract_surface(sphere(), BOX, 80, polish=2)
    card = report_card(verts, faces)
    assert (card["watertight"], card["oriented"], card["components"], card["genus"]) == (True, True, 1, 0)
    assert np.abs(np.linalg.norm(verts - [0.013, 0.02, -0.03], axis=1) - 0.4).max() < 1e-3 / 79 * 1.1
    assert card["volume"] == pytest.approx(4 / 3 * np.pi * 0.4**3, rel=2e-3)
    assert stats["leaks"] == 0


def test_a_torus_has_genus_one():
    shape = extract(primitive("torus", ring=0.3, tube=0.1), resolution=70)
    assert report_card(shape.verts, shape.faces)["genus"] == 1
    assert shape.notes == ()
    ring = np.linalg.norm(shape.verts[:, :2], axis=1) - 0.3
    normals = np.column_stack([shape.verts[:, :2] / (ring + 0.3)[:, None] * ring[:, None], shape.verts[:, 2]]) / 0.1
    assert np.abs(shape.normals - normals).max() < 1e-3


def test_a_sheet_thinner_than_a_coarse_cell_is_found_where_the_slope_is_declared():
    field = FunctionField(lambda p: np.abs(p[:, 0] - 0.0071) - 0.004)
    field.lipschitz = 1.0
    found = extract_surface(field, BOX, 250)
    assert found.stats["stride"] == 4
    assert 0.004 < 1 / 249 * 4
    card = report_card(found.verts, found.faces)
    assert card["components"] == 2
    assert card["area"] == pytest.approx(2.0, rel=1e-6)


@pytest.mark.parametrize("side", [1, -1])
def test_what_the_coarse_grid_saw_is_followed_where_it_did_not_look(monkeypatch, side):
    # a rod on a ball, between the nodes of the coarse grid; with no bound on the slope only the ball is looked for, and
    # the rod is followed from it: forwards through the slabs, or back into those that were left behind
    monkeypatch.setattr("eigenform.implicit.tiles.bound.SAFETY", 0.0)
    monkeypatch.setattr("eigenform.implicit.tiles.band.SAFETY", 0.0)

    def rod_on_ball(p):
        p = p * [side, 1, 1]
        ball = np.linalg.norm(p - [-0.2, 0, 0], axis=1) - 0.2
        along = np.clip(p[:, 0], -0.1, 0.15)
        rod = np.linalg.norm(p - np.stack([along, 0 * along - 1 / 518, 0 * along - 1 / 518], axis=1), axis=1) - 0.003
        return np.minimum(ball, rod)

    found = extract_surface(FunctionField(rod_on_ball), BOX, 260, tile=8)
    assert found.stats["stride"] == 2
    assert (found.stats["sweeps"] > 1) == (side < 0)
    card = report_card(found.verts, found.faces)
    assert (card["watertight"], card["components"], found.stats["leaks"]) == (True, 1, 0)
    assert (side * found.verts[:, 0]).max() == pytest.approx(0.153, abs=2e-3)


def test_box_edges_are_open_or_closed_as_asked():
    surface = primitive("sphere", radius=0.4)
    crop = "0 -1 -1 0.35 1 1"
    half = extract(surface, resolution=60, crop=crop)
    assert "leaves the box" in half.notes[0]
    assert half.verts[:, 0].min() == 0
    assert not report_card(half.verts, half.faces)["watertight"]
    closed = extract(surface, resolution=60, crop=crop, closed=True)
    card = report_card(closed.verts, closed.faces)
    assert card["watertight"]
    assert closed.notes == ()
    r, h = 0.4, 0.05
    assert card["volume"] == pytest.approx(2 / 3 * np.pi * r**3 - np.pi * h**2 * (3 * r - h) / 3, rel=0.02)
    assert closed.verts[:, 0].max() == 0.35


def test_levels_grids_and_cells_that_are_no_cubes():
    box = np.array([[-0.5, -0.3, -0.45], [0.5, 0.4, 0.5]])
    assert grid_shape(box, 101) == (101, 71, 96)
    field = FunctionField(lambda p: np.linalg.norm(p, axis=1))
    verts, faces, _ = extract_surface(field, box, 101, level=0.25)
    assert report_card(verts, faces)["watertight"]
    assert np.linalg.norm(verts, axis=1) == pytest.approx(0.25, abs=2e-4)
    assert len(extract_surface(field, box, 40, level=5.0).faces) == 0


def test_values_exactly_on_the_level_do_not_spoil_the_mesh():
    field = FunctionField(lambda p: np.abs(p).max(axis=1) - 0.25)  # its faces lie on nodes
    verts, faces, _ = extract_surface(field, BOX, 41)
    assert report_card(verts, faces)["watertight"]
    a, b, c = (verts[faces[:, i]] for i in range(3))
    assert np.linalg.norm(np.cross(b - a, c - a), axis=1).min() > 0
    assert np.abs(np.abs(verts).max(axis=1) - 0.25).max() < 1e-4


def test_components_are_kept_as_asked():
    def two(p):
        return np.minimum(np.linalg.norm(p + [0.2, 0, 0], axis=1) - 0.2, np.linalg.norm(p - [0.3, 0, 0], axis=1) - 0.05)

    verts, faces, _ = extract_surface(FunctionField(two), BOX, 60)
    assert keep_components(verts, faces, "all")[2] == 0
    for keep, share, left in (("largest", 0.0, 1), ("larger", 0.01, 2), ("larger", 0.1, 1)):
        v, f, dropped = keep_components(verts, faces, keep, share)
        assert report_card(v, f)["components"] == left == 2 - dropped
        assert v[:, 0].min() == pytest.approx(-0.4, abs=2e-3)
    with pytest.raises(InputError, match="smaller share"):
        keep_components(verts, faces, "larger", 0.99)


def test_only_parts_of_the_shown_surface_are_kept_by_default():
    surface = primitive("sphere", radius=0.3)
    lifted = surface.replace(verts=surface.verts + [9.0, 0, 0])
    with pytest.raises(InputError, match="leaves nothing"):
        extract(lifted, resolution=40, trim="on", components="all")
    shape = extract(surface, resolution=40)
    assert report_card(shape.verts, shape.faces)["components"] == 1


def test_an_open_surface_is_trimmed_where_it_ended():
    surface = primitive("sphere", radius=0.3, resolution=60)
    kept = surface.faces[surface.verts[surface.faces][:, :, 2].max(axis=1) < 0.1]
    surface = surface.replace(faces=kept, meta={"boundary": {"open": True}})
    shape = extract(surface, resolution=60)
    assert shape.verts[:, 2].max() == pytest.approx(0.1, abs=0.03)
    assert any("beyond the shown surface" in note for note in shape.notes)
    assert extract(surface, resolution=60, trim="off").verts[:, 2].max() > 0.29


def test_memory_is_told_before_it_starts(monkeypatch):
    field = sphere()
    monkeypatch.setattr(memory, "available", lambda: 300_000_000)
    with pytest.raises(NeedsMemory, match=r"1024 nodes needs about .* GB .* lower resolution or a smaller box"):
        extract_surface(field, BOX, 1024)
    assert field.asked < 3e6


def test_a_cancel_stops_it_and_progress_is_told():
    ctx = JobContext()
    extract_surface(sphere(), BOX, 100, ctx=ctx)
    assert ctx.progress().step == ctx.progress().steps > 1
    field, ctx = sphere(), JobContext()
    asked = field.function
    field.function = lambda p: (ctx.cancel(), asked(p))[1]
    with pytest.raises(Cancelled):
        extract_surface(field, BOX, 100, ctx=ctx)
    assert field.asked <= 16384


def test_bad_requests_are_refused_in_one_sentence():
    with pytest.raises(InputError, match="no finite value"):
        extract_surface(FunctionField(lambda p: np.where(p[:, 0] > 0.2, np.nan, p[:, 0])), BOX, 30)
    with pytest.raises(InputError, match="between 2 and"):
        extract_surface(sphere(), BOX, 1)
    with pytest.raises(InputError, match="holds nothing"):
        extract_surface(sphere(), BOX[::-1], 30)
    with pytest.raises(InputError, match="no surface at level 5"):
        extract(primitive("sphere", radius=0.3), resolution=20, level=5)


def test_normals_follow_the_gradient_of_the_field():
    surface = primitive("box", (1.0, 2.0, 3.0), 4.0, half=[0.2, 0.3, 0.1])
    shape = extract(surface, resolution=40)
    assert np.linalg.norm(shape.normals, axis=1) == pytest.approx(1)
    assert np.abs(shape.normals - field_of(surface).gradients(shape.verts)).max() < 1e-9
    assert extract(surface, resolution=40, normals=False).normals is None
