"""Lets the tests use frames_oracle.py and shop_files.py, which stand beside them because they are run by hand too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
