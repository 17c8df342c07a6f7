"""``python -m sacroiliac`` is the command."""

import sys

from sacroiliac.cli import main

sys.exit(main())
