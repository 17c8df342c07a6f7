"""``python -m sacroiliac`` is the command."""

from sacroiliac.cli import script

script()
