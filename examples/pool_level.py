# SPDX-License-Identifier: MIT
"""The level of a pool: what its hosts have in common, and what each loses by it."""
import sys

import featset as fs


def main():
    try:
        pool = fs.load(sys.argv[1] if len(sys.argv) > 1 else "pools/hera-zeus/hosts.txt")
    except fs.FeatsetError as error:
        sys.exit("pool_level: %s" % error)
    level = fs.level(pool, rule="xenserver")
    if level.baseline:
        print("level: %s, x86-64-v%d" % (level.baseline, level.psabi))
    for index, host in enumerate(pool):
        print(host.name, "loses", *level.lost(index) or ["nothing"])
    print("xen:", level.xen)


if __name__ == "__main__":
    main()
