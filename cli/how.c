/* SPDX-License-Identifier: MIT */
#include "out.h"
#include "pool.h"

#include <string.h>

/*
 * pool --how PLATFORM: a script to read, change and run.  It only asks; nothing
 * on the hosts is changed.
 */

static const char *const xapi[] = {
	"# On any host of the pool, as root:",
	"for kind in pool host vm snapshot network pif vif sr pbd vbd vdi vgpu vusb; do",
	"\txe \"$kind-list\" params=all",
	"done > pool.txt",
	"# Then, where featset is: featset pool pool.txt",
	NULL,
};

static const char *const libvirt[] = {
	"# On a machine that may log in to the hosts; put their names here:",
	"hosts='host1 host2'",
	"for host in $hosts; do",
	"\turi=qemu+ssh://root@$host/system",
	"\tmkdir -p \"pool/$host\"",
	"\tvirsh -c \"$uri\" capabilities > \"pool/$host/capabilities.xml\"",
	"\tvirsh -c \"$uri\" domcapabilities > \"pool/$host/domcapabilities.xml\"",
	"\tvirsh -c \"$uri\" list --all --name | while IFS= read -r vm; do",
	"\t\t[ -n \"$vm\" ] || continue",
	"\t\tvirsh -c \"$uri\" dumpxml --domain \"$vm\" < /dev/null",
	"\t\tvirsh -c \"$uri\" snapshot-list --domain \"$vm\" --name < /dev/null | while IFS= read -r snapshot; do",
	"\t\t\t[ -n \"$snapshot\" ] || continue",
	"\t\t\tvirsh -c \"$uri\" snapshot-dumpxml --domain \"$vm\" --snapshotname \"$snapshot\" < /dev/null",
	"\t\tdone",
	"\tdone > \"pool/$host/domains.xml\"",
	"done",
	"# Then: featset pool pool",
	NULL,
};

static const char *const proxmox[] = {
	"# On a machine that may log in to the nodes; put their names here:",
	"nodes='node1 node2'",
	"for node in $nodes; do",
	"\tmkdir -p \"pool/$node\"",
	"\t# apt install cpuid on the nodes tells more than the kernel's list does.",
	"\tssh -n \"root@$node\" 'cpuid -1 -r 2>/dev/null || cat /proc/cpuinfo' > \"pool/$node/cpu.txt\"",
	"\tssh -n \"root@$node\" 'qm list",
	"\t\tfind /etc/pve/qemu-server/ -name \"*.conf\" -exec tail -v -n +1 {} +",
	"\t\tcat /etc/pve/virtual-guest/cpu-models.conf 2>/dev/null",
	"\t\t:' > \"pool/$node/vms.txt\"",
	"done",
	"# Then: featset pool pool",
	NULL,
};

static const struct {
	const char *name;
	const char *const *lines;
} platforms[] = {
	{ "libvirt", libvirt }, { "proxmox", proxmox }, { "xcp-ng", xapi },
	{ "xenserver", xapi },  { "xapi", xapi },       { "xe", xapi },
};

int how(const char *platform)
{
	for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
		if (strcmp(platform, platforms[i].name) != 0)
			continue;
		for (const char *const *line = platforms[i].lines; *line; line++)
			out_raw("%s", *line);
		return 0;
	}
	return out_trouble("pool: --how knows xcp-ng, xenserver, libvirt and proxmox, not '%s'", platform);
}
