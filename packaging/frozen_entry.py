"""Where a PyInstaller bundle starts. It is its own Python, so that it must also answer the child of native calls.

:mod:`eigenform.native` starts ``sys.executable -P -m eigenform.native FOLDER``; inside a bundle that is this file.
"""

from __future__ import annotations

import runpy
import sys

if "-m" in sys.argv[1:3] and "eigenform.native" in sys.argv[2:4]:
    sys.argv = ["eigenform.native", *sys.argv[sys.argv.index("eigenform.native") + 1 :]]
    runpy.run_module("eigenform.native", run_name="__main__")
else:
    from eigenform_app.main import main

    sys.exit(main())
