"""Build entry point: what PyPI shows of the README; everything else stands in setup.cfg."""

import re
from pathlib import Path

from setuptools import setup

README = Path(__file__).with_name("README.md").read_text(encoding="utf-8")

# PyPI has none of the files that the README links to, and shows what is linked without the link.
setup(long_description=re.sub(r"\[([^]]+)\]\((?!https?:)[^)]+\)", r"\1", README))
