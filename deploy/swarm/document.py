"""Writes the table of a run to a document: document.py DOCUMENT TABLE."""

import pathlib
import sys

BEGIN, END = "<!-- table: deploy/swarm-test --document -->\n", "<!-- end of table -->\n"

document, table = map(pathlib.Path, sys.argv[1:])
before, _, rest = document.read_text().partition(BEGIN)
_, _, after = rest.partition(END)
document.write_text(before + BEGIN + "\n" + table.read_text() + "\n" + END + after)
