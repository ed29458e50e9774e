"""Copy as Python: the session as a script that makes the same values from the library alone."""

from __future__ import annotations

import base64
import keyword
import re
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eigenform_app import person_script
from eigenform_app.document import Document, Item

_HEADER = '''"""Written by Eigenform {version}: makes the values of a session again."""

'''


def variable(name: str, taken: Iterable[str]) -> str:
    """A Python name after the name of an item."""
    base = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "item"
    if base[0].isdigit() or keyword.iskeyword(base):
        base = f"item_{base}"
    taken = set(taken)
    return next(n for n in [base, *(f"{base}_{i}" for i in range(2, len(taken) + 3))] if n not in taken)


def script(document: Document) -> str:
    """The script. Its variables are named after the items; ``items`` holds all of them by name."""
    import eigenform

    lines: list[str] = []
    imports = {"from eigenform import jobs, params, registry"}
    names: dict[str, str] = {}
    reserved = {
        "jobs",
        "params",
        "registry",
        "method",
        "np",
        "items",
        "read_shape",
        "read_basis",
        "make_sample",
        "repair",
        "read_any",
        "conversion",
        "texture",
        "shapes",
        "unpacked",
        "base64",
        "zlib",
        "basis",
        "signs",
        "values",
        "name",
        "value",
        "turned",
        "rotations",
        "model",
        "make_body",
        "load_body",
        "pose",
        "retarget",
        "read_bvh",
        "join",
        "points",
        "bits",
        "found",
        "with_view",
        "set_mask",
        "flip_depth",
    }
    for item in document.items(live=False):
        names[item.id] = variable(item.name, reserved | set(names.values()))
        lines += _lines(item, names, imports)
        lines.append("")
    pairs = ", ".join(f"{item.name!r}: {names[item.id]}" for item in document.items(live=False))
    lines.append(f"items = {{{pairs}}}")
    lines += ["for name, value in items.items():", "    print(name, type(value).__name__, *shapes(value))"]
    lines[:0] = _SHAPES
    if any("unpacked(" in line for line in lines):
        imports |= {"import base64", "import zlib", "import numpy as np"}
        lines[:0] = _UNPACKED
    return _HEADER.format(version=eigenform.__version__) + "\n".join(sorted(imports)) + "\n\n" + "\n".join(lines) + "\n"


def _lines(item: Item, names: dict[str, str], imports: set[str]) -> list[str]:
    p, name = item.provenance, names[item.id]
    if p.get("joined"):
        made = person_script.joined_lines(p, name, [names.get(i, "None") for i in p["inputs"]], _dict)
    elif p.get("method"):
        inputs = [names.get(i, "None") for i in p.get("inputs", [])]
        made = [
            f"method = registry.get({p['method']!r})",
            f"values = {_dict(p.get('params', {}))}",
            f"{name} = jobs.run(method, [{', '.join(inputs)}], params.make(method.params_class(), values))",
        ]
        if step := p.get("stopped_at"):
            made.insert(0, f"# In the session this run was stopped at step {step}; here it goes on to its end.")
    elif p.get("texture"):
        imports.add("from eigenform.inpainting.textures import texture")
        made = [f"{name} = texture({p['texture']!r})"]
    elif p.get("sample"):
        imports.add("from eigenform.io.samples import make_sample")
        made = [f"{name} = make_sample({p['sample']!r})"]
    elif p.get("file") and item.kind == "basis":
        imports.add("from eigenform.io.basis_files import read_basis")
        made = [f"{name} = read_basis({p['file']!r})"]
    elif p.get("file") and item.kind == "shape":
        imports.add("from eigenform.io.read import read_shape")
        made = [f"{name} = read_shape({p['file']!r})"]
    elif p.get("file"):
        imports.add("from eigenform.io.files import read_any")
        made = [f"{name} = read_any({p['file']!r})"]
    elif p.get("converted"):
        imports.add("from eigenform.conversions import conversion")
        source = names.get(p["inputs"][0], "None")
        way = f"conversion(type({source}).__name__, {p['converted']!r})"
        made = [f"{name} = {way}.run({source}, {dict(p.get('options', {}))!r})"]
    elif p.get("of_basis"):
        imports |= {"from eigenform.io.basis_files import read_basis", "from eigenform.types import Shape"}
        made = [f"basis = read_basis({p['of_basis']!r})", f"{name} = Shape(basis.verts, basis.faces)"]
    else:
        made = [f"{name} = None  # {item.name} was made outside of any recorded step"]
    if repairs := p.get("repairs"):
        imports.add("from eigenform.io.health import repair")
        made += [f"{name} = repair({name}, {list(names_)!r})" for names_ in repairs]
    made += person_script.step_lines(p, name, names, imports, _dict)
    made += _posed(item, name, imports)
    if p.get("painted"):
        made.append(f"{name} = {name}.replace(mask={_packed(item.value.mask)}, regions={_packed(item.value.regions)})")
    if flips := p.get("flips"):
        imports.add("import numpy as np")
        made += [
            f"signs = np.ones({name}.modes)",
            f"signs[{list(flips)}] = -1",
            f"{name} = {name}.replace(evecs={name}.evecs * signs)",
        ]
    return made


def _posed(item: Item, name: str, imports: set[str]) -> list[str]:
    """Lines that give a figure the shape, the pose and the movements it was given by hand."""
    made: list[str] = []
    if posed := item.provenance.get("posed"):
        imports.add("import numpy as np")
        made = [
            f"turned = {_dict(posed['rotations'])}",
            f"rotations = np.array([turned.get(bone, (0, 0, 0)) for bone in {name}.skeleton.names], dtype=float)",
        ]
        place = f"np.array({list(posed['translation'])})"
        if item.kind == "body":
            imports |= {
                "from eigenform.avatar.body.load import load_body",
                "from eigenform.avatar.body.make import make_body",
            }
            made += [
                f"model = load_body({name}.model, local=True)",
                f"{name} = make_body({dict(posed['shape'])}, rotations, {place}, model=model, clips={name}.clips)",
            ]
        else:
            imports.add("from eigenform.avatar.figure.posing import pose")
            made.append(f"{name} = pose({name}, rotations, {place})")
    if movements := item.provenance.get("movements"):
        imports |= {"from eigenform.avatar.figure.retarget import retarget", "from eigenform.io.bvh import read_bvh"}
        for path in movements:
            clip = f"retarget(read_bvh({path!r}), {name}.skeleton, {Path(path).stem!r})"
            made.append(f"{name} = {name}.replace(clips=(*{name}.clips, {clip}))")
    return made


_SHAPES = (
    "",
    "def shapes(value):",
    '    """The shapes of the arrays that a value holds."""',
    '    names = ("verts", "faces", "values", "evecs", "samples", "pixels", "images")',
    "    return (f'{name} {getattr(value, name).shape}' for name in names if getattr(value, name, None) is not None)",
    "",
    "",
)
_UNPACKED = (
    "",
    "def unpacked(text, dtype, shape):",
    '    """Marks that were painted."""',
    "    return np.frombuffer(zlib.decompress(base64.b85decode(text)), dtype).reshape(shape)",
    "",
)


def _packed(marks: np.ndarray | None) -> str:
    """An expression that makes an array of marks again."""
    if marks is None:
        return "None"
    text = base64.b85encode(zlib.compress(np.ascontiguousarray(marks).tobytes(), 9)).decode()
    return f"unpacked({text!r}, {marks.dtype.str!r}, {marks.shape})"


def _dict(values: Mapping[str, Any]) -> str:
    inside = "".join(f"    {key!r}: {value!r},\n" for key, value in values.items())
    return "{\n" + inside + "}"
