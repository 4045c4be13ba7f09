# SPDX-License-Identifier: MIT
"""What keeps a pool's VMs where they are, and the commands that cure it."""
import sys

import featset as fs

try:
    pool = fs.pool(sys.argv[1] if len(sys.argv) > 1 else "pools/hera-zeus")
except fs.FeatsetError as error:
    sys.exit("pool_report: %s" % error)
for host in pool.hosts:
    print("%s: evacuable %s, costs the level %d features" % (host.name, host.evacuable, len(host.price())))
for vm in pool.vms:
    for host in pool.hosts if vm.counts else ():
        check = vm.check(host)
        if check.blocks:
            print(vm.name, "on", host.name + ":", *check.blocks + check.missing.names() + check.networks + check.storage)
    if vm.counts and vm.cure == "restart":
        print(" ", vm.commands["restart"])
