"""Copy as Python: the session as a script that makes the same values from the library alone."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from typing import Any

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
    }
    for item in document.items(live=False):
        names[item.id] = variable(item.name, reserved | set(names.values()))
        lines += _lines(item, names, imports)
        lines.append("")
    pairs = ", ".join(f"{item.name!r}: {names[item.id]}" for item in document.items(live=False))
    lines.append(f"items = {{{pairs}}}")
    lines += ["for name, value in items.items():", "    print(name, type(value).__name__, value.verts.shape)"]
    return _HEADER.format(version=eigenform.__version__) + "\n".join(sorted(imports)) + "\n\n" + "\n".join(lines) + "\n"


def _lines(item: Item, names: dict[str, str], imports: set[str]) -> list[str]:
    p, name = item.provenance, names[item.id]
    if p.get("method"):
        inputs = [names.get(i, "None") for i in p.get("inputs", [])]
        made = [
            f"method = registry.get({p['method']!r})",
            f"values = {_dict(p.get('params', {}))}",
            f"{name} = jobs.run(method, [{', '.join(inputs)}], params.make(method.params_class(), values))",
        ]
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
    if flips := p.get("flips"):
        imports.add("import numpy as np")
        made += [
            f"signs = np.ones({name}.modes)",
            f"signs[{list(flips)}] = -1",
            f"{name} = {name}.replace(evecs={name}.evecs * signs)",
        ]
    return made


def _dict(values: Mapping[str, Any]) -> str:
    inside = "".join(f"    {key!r}: {value!r},\n" for key, value in values.items())
    return "{\n" + inside + "}"
