"""Converts exported dead letters to bulk requests: dead-letters-bulk.py DIRECTORY FILE...

Writes files of about 5 MB to DIRECTORY and prints the number of letters. Each letter gets a field "kind",
the part of its reason that does not quote the document, such as "400 mapper_parsing_exception: failed to
parse field [price] of type [long]". The letter is otherwise copied as text, because serializing it again
would change numbers such as 1.50.
"""

import json
import re
import sys

PART_BYTES = 5_000_000
KIND = re.compile(r"""[0-9]+ [a-z_]+(: [^:'\\"\x00-\x1f]*\])?""")


def kind(line):
    letter = json.loads(line, parse_int=str, parse_float=str)
    if not isinstance(letter, dict) or not letter:
        raise ValueError("not an object")
    match = KIND.match(str(letter.get("reason")))
    return match[0] if match else "other"


directory, *files = sys.argv[1:]
count = part = size = 0
out = open(f"{directory}/{part}.bulk", "wb")
for file in files:
    for number, line in enumerate(open(file, "rb"), 1):
        line = line.strip()
        if not line:
            continue
        try:
            action = b'{"index":{}}\n{"kind":%s,' % json.dumps(kind(line)).encode()
        except ValueError:
            sys.exit(f"index-dead-letters: line {number} of {file} is not a dead letter")
        if size > PART_BYTES:
            out.close()
            part, size = part + 1, 0
            out = open(f"{directory}/{part}.bulk", "wb")
        out.write(action + line[1:] + b"\n")
        size += len(line)
        count += 1
out.close()
print(count)
