#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns the comments of the headers into the table of docstrings that types.h includes.

usage: docs.py HEADER-DIRECTORY INTERFACE-FILE >docs.h
"""
import pathlib
import re
import sys

TYPES = {"featset_cpu": "Cpu", "featset_baseline": "Baseline", "featset_level": "Level",
         "featset_inventory": "Inventory", "featset": "FeatureSet"}
HEADERS = {"Cpu": "cpu.h", "Baseline": "uarch.h", "Level": "level.h", "Inventory": "inventory.h"}
# What C calls a thing, and what a script does.
WORDS = [
    (r"\bNULL\b", "None"),
    (r"\b[Nn]othing (when|at)\b", r"None \1"),
    (r"\bFEATSET_E_(ARGUMENT|SYNTAX|FORMAT|LIMIT)\b", "InputError"),
    (r"\bFEATSET_E_NAME\b", "UnknownNameError"),
    (r"\bFEATSET_E_AMBIGUOUS\b", "AmbiguousNameError"),
    (r"\bFEATSET_E_IO\b", "ReadError"),
    (r"\bFEATSET_E_MEMORY\b", "MemoryError"),
    (r"\bFEATSET_E_UNSUPPORTED\b", "UnsupportedError"),
    (r"\bFEATSET_HOST_ALL_CPUS\b", "all_cpus"),
    (r"\bFEATSET_(\w+)\b", lambda m: m.group(1).lower()),
    (r"\bfeatset_(\w+)\b", r"\1"),
]
# Signatures of methods, which the tables that SWIG writes do not have.
SIGNATURES = {
    "FeatureSet.word": "word($self, /, word)",
    "FeatureSet.closed": "closed($self, /, edges='all')",
    "FeatureSet.pruned": "pruned($self, /, edges='all')",
    "Level.lost": "lost($self, /, index)",
    "Level.lost_other": "lost_other($self, /, index)",
    "Inventory.slot": "slot($self, /, index, slot='cpu')",
    "Inventory.name": "name($self, /, index)",
    "Inventory.uuid": "uuid($self, /, index)",
    "Inventory.records": "records($self, /, kind)",
    "Inventory.vm_cpu": "vm_cpu($self, /, index)",
    "Inventory.merge": "merge($self, /, other)",
}
DECLARATION = r"/\*(.*?)\*/|FEATSET_API[^;(]*?\b(featset_\w+)\(.*?\);([ \t]*/\*(.*?)\*/)?"
OWN = {"FeatureSet": """FeatureSet(features=(), /)
--

An immutable set of CPU features, with the whole manner of a frozenset.

From names in one string, separated by blanks, commas, '+' and '-'
('haswell-avx2+sha_ni'; baselines are names too), or from an iterable of
features, their numbers or their names.  Whatever has features (a Cpu, a
Baseline, a Level, a Host, an Inventory of one host) gives those.""",
       "Baseline": """A named set of features: a microarchitecture, a psABI level or a hypervisor's model.

Examples are 'ivybridge', 'x86-64-v3' and 'qemu:Haswell-v4'.  `features` of a
microarchitecture are those of the full-featured part of its generation with
default firmware and current microcode; what some parts lack stands apart, as
`fused` (cut off for good) and `switchable` (firmware or a microcode update
decides).  baseline() finds one by its name, baselines() lists them all.  Two
that mean the same compare equal.""",
       "Level": """What several cpus have in common under a rule, as level() works it out.

`features` are what a guest may use that shall run on all of `hosts`, and
lost(index) is what one of them gives up for that.  A Level is taken wherever a
cpu is.""",
       "Cpu.model": "The model as CPUID displays it, the extended bits included; None when unknown.",
       "Inventory.count": "How many hosts it tells of, which is its len() too.",
       "Inventory.slot": """One of a host's cpus: 'cpu', 'hvm', 'hvm_max', 'pv' or 'pv_max'.

None when the source has none."""}


def plain(comment):
    """A C comment without its asterisks, in the words of a script."""
    lines = [re.sub(r"^\s*\*? ?", "", line) for line in comment.strip().split("\n")]
    text = "\n".join(line.rstrip() for line in lines).strip()
    for pattern, word in WORDS:
        text = re.sub(pattern, word, text)
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", ":")) else text + "."


def declarations(text):
    """(name, comment) of each function: the comment above its group, or behind it on the line."""
    for block in re.split(r"\n[ \t]*\n", text):
        above = ""
        for match in re.finditer(DECLARATION, block, re.S):
            if match.group(2):
                yield match.group(2), match.group(4) or above
            else:
                above = match.group(1)


def enumerators(text):
    body = re.search(r"typedef enum featset_number \{(.*?)\}", text, re.S)
    for name, comment in re.findall(r"FEATSET_(\w+),\s*/\*(.*?)\*/", body.group(1) if body else ""):
        yield name.lower(), comment


def script_name(function):
    for prefix, kind in TYPES.items():
        if prefix != "featset" and function.startswith(prefix + "_"):
            return "%s.%s" % (kind, function[len(prefix) + 1:])
    return function[len("featset_"):]


def interface(text):
    """(name, comment) of what the interface file itself explains, and the name of what it does not."""
    for struct, body in re.findall(r"%extend (\w+) \{\n(.*?)\n\}", text, re.S):
        above = ""
        renamed = {}
        for line in body.split("\n"):
            rename = re.match(r"\s*%rename\((\w+)\) (\w+);", line)
            if rename:
                renamed[rename.group(2)] = rename.group(1)
                continue
            match = re.match(r"\s*[^/(~]*?\b(\w+)(\(.*\))?;(\s*/\*(.*)\*/)?$", line)
            if match:
                name = renamed.get(match.group(1), match.group(1))
                yield "%s.%s" % (TYPES[struct], name), match.group(4) or above
            elif "/*" in line:
                above = line.split("/*")[1].split("*/")[0]
                continue
            above = ""
    for name, comment in re.findall(r"\bfsg_(\w+)\([^;]*\);\s*/\*(.*?)\*/", text):
        yield name, comment


def collect(directory, interface_file):
    docs = {}
    wanted = set(HEADERS)
    for path in sorted(directory.glob("*.h")):
        text = path.read_text()
        for function, comment in declarations(text):
            if comment:
                docs.setdefault(script_name(function), plain(comment))
        for name, comment in enumerators(text):
            docs.setdefault("Cpu." + name, plain(comment))
    for kind, header in HEADERS.items():
        top = re.search(r"/\*\s+\* featset/[^\n]*\n(.*?)\*/", (directory / header).read_text(), re.S)
        docs[kind] = plain(top.group(1))
    for name, comment in interface(interface_file.read_text()):
        wanted.add(name)
        if comment:
            docs[name] = plain(comment)
        else:
            docs.setdefault(name, name.rpartition(".")[2].replace("_", " ").capitalize() + ".")
    docs = {name: text for name, text in docs.items() if name in wanted}
    docs.update(OWN)
    for name, signature in SIGNATURES.items():
        docs[name] = "%s\n--\n\n%s" % (signature, docs[name])
    return docs


def quote(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def main():
    docs = collect(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    print("/* Made by bindings/docs.py. */")
    print("static const fspy_doc fspy_docs[] = {")
    for name in sorted(docs):
        print("\t{ %s, %s }," % (quote(name), quote(docs[name])))
    print("\t{ NULL, NULL },\n};")


if __name__ == "__main__":
    main()
