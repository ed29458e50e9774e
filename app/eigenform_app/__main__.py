"""``python -m eigenform_app`` opens the window."""

import sys

from eigenform_app.main import main

sys.exit(main())
