#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes pools in the three dresses that XAPI's tools give them.

    pool_maker.py --example FOLDER                  the pool of examples/pools/hera-zeus, and what lies beside it
    pool_maker.py --hosts 64 --vms 4000 --dress xe  a pool of that size, on standard output

A pool is one description: a record for each object, with XAPI's names and
Python's types.  The dresses are the text of xe (`xe`), what CLASS.get_all_records
answers for each class (`json`) and the pool's database (`db`).
"""

import argparse
import hashlib
import json
import os
import sys

NOWHERE = "<not in database>"

# Real featuresets: Haswell-EP (with the zeros that XCP-ng 8.2 appends), Ivy Bridge-EP under XCP-ng 8.2, Broadwell-DE
# under XCP-ng 8.3.
ZEROS = ["-00000000" * count for count in range(9)]
HASWELL = {
    "features_pv": "1fc9cbf5-f6f83203-2991cbf5-00000023-00000001-00000329-00000000-00000000-00001000-8c000400"
    + ZEROS[8],
    "features_hvm": "1fcbfbff-f7fa3223-2d93fbff-00000423-00000001-000007ab-00000000-00000000-00001000-9c000400"
    + ZEROS[8],
}
HASWELL["features_hvm_host"] = HASWELL["features_hvm"]
HASWELL["features_pv_host"] = HASWELL["features_pv"]
IVYBRIDGE = {
    "features_pv": "1fc9cbf5-f6b82203-2991cbf5-00000003-00000001-00000201-00000000-00000000-00001000-8c000400"
    + ZEROS[8],
    "features_hvm": "1fcbfbff-f7ba2223-2d93fbff-00000403-00000001-00000281-00000000-00000000-00001000-9c000400"
    + ZEROS[8],
    "features_hvm_host": "1fcbfbff-f7ba2223-2c100800-00000001-00000001-00000281-00000000-00000000-00001000-9c000400"
    + ZEROS[8],
    "features_pv_host": "1fc9cbf5-f6b82203-28100800-00000001-00000001-00000201-00000000-00000000-00001000-8c000400"
    + ZEROS[8],
}
BROADWELL = {
    "features_pv": "1fc9cbf5-f6f83203-2991cbf5-00000123-00000001-000c0b39-00000000-00000100-00001000-ac000c00"
    + ZEROS[6]
    + "-1c020004"
    + ZEROS[3],
    "features_hvm": "1fcbfbff-f7fa3223-2d93fbff-00000523-00000001-001c0fbb-00000000-00000100-00101000-bc000c00"
    + ZEROS[6]
    + "-1c020004"
    + ZEROS[3],
    "features_hvm_host": "1fcbfbff-f7fa3203-2c100800-00000121-00000001-001c0fab-00000000-00000000-00101000-bc000400"
    + ZEROS[6]
    + "-0c000000"
    + ZEROS[3],
    "features_pv_host": "1fc9cbf5-f6d83203-28100800-00000121-00000001-000c0b29-00000000-00000000-00001000-ac000400"
    + ZEROS[6]
    + "-0c000000"
    + ZEROS[3],
}

COMMON_FLAGS = (
    "fpu de tsc msr pae mce cx8 apic sep mca cmov pat clflush acpi mmx fxsr sse sse2 ss ht syscall nx rdtscp lm "
    "constant_tsc rep_good nopl nonstop_tsc cpuid pni pclmulqdq monitor est ssse3 {}cx16 sse4_1 sse4_2 {}popcnt aes "
    "xsave avx f16c rdrand hypervisor lahf_lm {}cpuid_fault ssbd ibrs ibpb stibp fsgsbase {}erms xsaveopt"
)
HASWELL_FLAGS = COMMON_FLAGS.format("fma ", "movbe ", "abm ", "bmi1 avx2 bmi2 ")
IVYBRIDGE_FLAGS = COMMON_FLAGS.format("", "", "", "")


# ---- objects --------------------------------------------------------------------------


def made_up(*words):
    """A UUID of version 4 that depends on nothing but the words."""
    digits = list(hashlib.md5("/".join(map(str, words)).encode()).hexdigest())
    digits[12], digits[16] = "4", "89ab"[int(digits[16], 16) % 4]
    text = "".join(digits)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


class Ref:
    """A reference to an object; without words it is to none."""

    def __init__(self, *words):
        self.words = words

    def __eq__(self, other):
        return isinstance(other, Ref) and self.words == other.words

    def __hash__(self):
        return hash(self.words)

    def __str__(self):
        return "OpaqueRef:" + made_up("ref", *self.words) if self.words else "OpaqueRef:NULL"


NULL = Ref()


class Date(str):
    """JSON and xe have it alike."""


class Pool:
    """Objects by class; a class's objects by reference, in their order."""

    CLASSES = "pool host host_metrics VM VM_metrics network PIF VIF SR PBD VBD VDI".split()

    def __init__(self):
        self.objects = {name: {} for name in self.CLASSES}

    def add(self, name, key, **fields):
        ref = Ref(name, key)
        record = {"uuid": made_up(name, key)}
        record.update(fields)
        assert ref not in self.objects[name], key
        self.objects[name][ref] = record
        return ref

    def get(self, ref):
        return self.objects[ref.words[0]][ref]

    def uuid(self, ref):
        return self.get(ref)["uuid"] if ref.words else NOWHERE

    def link(self, name, field, to):
        """Tells the objects that `field` of class `name` refers to who does so."""
        for ref, record in self.objects[name].items():
            if record[field].words:
                self.get(record[field])[to].append(ref)


# ---- xe's text ------------------------------------------------------------------------------

# A line for each field in xe's order: its name there, its access, and where it comes from: a field of the record,
# "=text", "metrics.field", or "lower:field".
XE = {
    "pool": """
uuid RO uuid
name-label RW name_label
name-description RW name_description
master RO master
default-SR RW default_SR
crash-dump-SR RW crash_dump_SR
suspend-image-SR RW suspend_image_SR
supported-sr-types RO =<expensive%field>
other-config MRW other_config
allowed-operations SRO allowed_operations
current-operations SRO =
ha-enabled RO ha_enabled
ha-configuration RO =
ha-statefiles RO =
ha-host-failures-to-tolerate RW =0
ha-plan-exists-for RO =0
ha-allow-overcommit RW =false
ha-overcommitted RO =false
blobs RO =
wlb-url RO =
wlb-username RO =
wlb-enabled RW wlb_enabled
wlb-verify-cert RW wlb_verify_cert
igmp-snooping-enabled RO =false
gui-config MRW =
health-check-config MRW =
restrictions RO =
tags SRW tags
license-state RO =edition:%xcp-ng;%expiry:%never
ha-cluster-stack RO =xhad
guest-agent-config MRW =
cpu_info MRO cpu_info
policy-no-vendor-device RW =false
live-patching-disabled RW =false
""",
    "host": """
uuid RO uuid
name-label RW name_label
name-description RW name_description
allowed-operations SRO allowed_operations
current-operations SRO =
enabled RO enabled
display RO display
API-version-major RO API_version_major
API-version-minor RO API_version_minor
API-version-vendor RO API_version_vendor
logging MRW logging
suspend-image-sr-uuid RW suspend_image_sr
crash-dump-sr-uuid RW crash_dump_sr
software-version MRO software_version
capabilities SRO capabilities
other-config MRW other_config
cpu_info MRO cpu_info
hostname RO hostname
address RO address
supported-bootloaders SRO supported_bootloaders
memory-overhead RO memory_overhead
memory-total RO metrics.memory_total
memory-free RO metrics.memory_free
memory-free-computed RO =<expensive%field>
host-metrics-live RO metrics.live
patches SRO =
ha-statefiles RO =
ha-network-peers RO =
power-on-mode RO power_on_mode
power-on-config MRO power_on_config
local-cache-sr RO local_cache_sr
tags SRW tags
ssl-legacy RW ssl_legacy
guest_VCPUs_params MRW guest_VCPUs_params
virtual-hardware-platform-versions SRO virtual_hardware_platform_versions
multipathing RW multipathing
""",
    "VM": """
uuid RO uuid
name-label RW name_label
name-description RW name_description
user-version RW user_version
is-a-template RW is_a_template
is-default-template RW is_default_template
is-a-snapshot RO is_a_snapshot
snapshot-of RO snapshot_of
snapshots RO snapshots
snapshot-time RO snapshot_time
snapshot-info RO =
parent RO parent
children RO children
is-control-domain RO is_control_domain
power-state RO lower:power_state
memory-actual RO metrics.memory_actual
memory-target RO =<expensive%field>
memory-overhead RO memory_overhead
memory-static-max RW memory_static_max
memory-dynamic-max RW memory_dynamic_max
memory-dynamic-min RW memory_dynamic_min
memory-static-min RW memory_static_min
suspend-VDI-uuid RW suspend_VDI
suspend-SR-uuid RW suspend_SR
VCPUs-params MRW VCPUs_params
VCPUs-max RW VCPUs_max
VCPUs-at-startup RW VCPUs_at_startup
actions-after-shutdown RW title:actions_after_shutdown
actions-after-reboot RW title:actions_after_reboot
actions-after-crash RW title:actions_after_crash
console-uuids SRO =
hvm RO metrics.hvm
platform MRW platform
allowed-operations SRO allowed_operations
current-operations SRO =
blocked-operations MRW blocked_operations
allowed-VBD-devices SRO =<expensive%field>
allowed-VIF-devices SRO =<expensive%field>
possible-hosts RO =<expensive%field>
domain-type RW domain_type
current-domain-type RO metrics.current_domain_type
HVM-boot-policy RW HVM_boot_policy
HVM-boot-params MRW HVM_boot_params
HVM-shadow-multiplier RW HVM_shadow_multiplier
PV-kernel RW PV_kernel
PV-ramdisk RW PV_ramdisk
PV-args RW PV_args
PV-legacy-args RW PV_legacy_args
PV-bootloader RW PV_bootloader
PV-bootloader-args RW PV_bootloader_args
last-boot-CPU-flags RO last_boot_CPU_flags
last-boot-record RO =<expensive%field>
resident-on RO resident_on
affinity RW affinity
other-config MRW other_config
dom-id RO domid
recommendations RO recommendations
xenstore-data MRW xenstore_data
ha-always-run RW-DEPRECATED ha_always_run
ha-restart-priority RW ha_restart_priority
blobs RO =
start-time RO metrics.start_time
install-time RO metrics.install_time
VCPUs-number RO metrics.VCPUs_number
VCPUs-utilisation MRO =<expensive%field>
os-version MRO =<not%in%database>
PV-drivers-version MRO =<not%in%database>
PV-drivers-up-to-date RO-DEPRECATED =<not%in%database>
memory MRO =<not%in%database>
disks MRO =<not%in%database>
VBDs SRO VBDs
networks MRO =<not%in%database>
PV-drivers-detected RO =<not%in%database>
other MRO =<not%in%database>
live RO =<not%in%database>
guest-metrics-last-updated RO =<not%in%database>
can-use-hotplug-vbd RO =<not%in%database>
can-use-hotplug-vif RO =<not%in%database>
cooperative RO-DEPRECATED =<expensive%field>
tags SRW tags
appliance RW appliance
snapshot-schedule RW snapshot_schedule
is-vmss-snapshot RO is_vmss_snapshot
start-delay RW start_delay
shutdown-delay RW shutdown_delay
order RW order
version RO version
generation-id RO generation_id
hardware-platform-version RO hardware_platform_version
has-vendor-device RW has_vendor_device
requires-reboot RO requires_reboot
reference-label RO reference_label
bios-strings MRO bios_strings
""",
    "network": """
uuid RO uuid
name-label RW name_label
name-description RW name_description
VIF-uuids SRO VIFs
PIF-uuids SRO PIFs
MTU RW MTU
bridge RO bridge
managed RO managed
other-config MRW other_config
blobs RO =
tags SRW tags
default-locking-mode RW default_locking_mode
purpose SRW purpose
""",
    "PIF": """
uuid RO uuid
device RO device
MAC RO MAC
physical RO physical
managed RO managed
currently-attached RO currently_attached
MTU RO MTU
VLAN RO VLAN
vlan-master-of RO =<not%in%database>
vlan-slave-of RO =
bond-master-of RO =
bond-slave-of RO =<not%in%database>
sriov-physical-PIF-of RO =
sriov-logical-PIF-of RO =
tunnel-access-PIF-of RO =
tunnel-transport-PIF-of RO =
management RO management
network-uuid RO network
network-name-label RO network/name_label
host-uuid RO host
host-name-label RO host/name_label
IP-configuration-mode RO ip_configuration_mode
IP RO IP
netmask RO netmask
gateway RO gateway
IPv6-configuration-mode RO =None
IPv6 RO =
IPv6-gateway RO =
primary-address-type RO primary_address_type
DNS RO DNS
properties MRO properties
capabilities SRO =
io_read_kbs RO =<expensive%field>
io_write_kbs RO =<expensive%field>
carrier RO =true
vendor-id RO =8086
vendor-name RO =Intel%Corporation
device-id RO =1521
device-name RO =I350%Gigabit%Network%Connection
speed RO =1000%Mbit/s
duplex RO =full
disallow-unplug RW disallow_unplug
pci-bus-path RO =<not%in%database>
other-config MRW other_config
igmp-snooping-status RO igmp_snooping_status
""",
    "VIF": """
uuid RO uuid
vm-uuid RO VM
vm-name-label RO VM/name_label
allowed-operations SRO allowed_operations
current-operations SRO =
device RO device
MAC RO MAC
MAC-autogenerated RO MAC_autogenerated
MTU RO MTU
currently-attached RO currently_attached
qos_algorithm_type RW qos_algorithm_type
qos_algorithm_params MRW qos_algorithm_params
qos_supported_algorithms SRO qos_supported_algorithms
other-config MRW other_config
network-uuid RO network
network-name-label RO network/name_label
io_read_kbs RO =<expensive%field>
io_write_kbs RO =<expensive%field>
locking-mode RW locking_mode
ipv4-allowed SRW ipv4_allowed
ipv6-allowed SRW ipv6_allowed
ipv4-configuration-mode RO =None
ipv4-addresses RO =
ipv4-gateway RO =
ipv6-configuration-mode RO =None
ipv6-addresses RO =
ipv6-gateway RO =
""",
    "SR": """
uuid RO uuid
name-label RW name_label
name-description RW name_description
host RO sr-host:
allowed-operations SRO allowed_operations
current-operations SRO =
VDIs SRO VDIs
PBDs SRO PBDs
virtual-allocation RO virtual_allocation
physical-utilisation RO physical_utilisation
physical-size RO physical_size
type RO type
content-type RO content_type
shared RW shared
introduced-by RO introduced_by
is-tools-sr RO is_tools_sr
other-config MRW other_config
sm-config MRO sm_config
blobs RO =
local-cache-enabled RO local_cache_enabled
tags SRW tags
clustered RO clustered
""",
    "PBD": """
uuid RO uuid
host RO-DEPRECATED host
host-uuid RO host
host-name-label RO host/name_label
sr-uuid RO SR
sr-name-label RO SR/name_label
device-config MRO device_config
currently-attached RO currently_attached
other-config MRW other_config
""",
    "VBD": """
uuid RO uuid
vm-uuid RO VM
vm-name-label RO VM/name_label
vdi-uuid RO VDI
vdi-name-label RO vdi-name:
allowed-operations SRO allowed_operations
current-operations SRO =
empty RO empty
device RO device
userdevice RW userdevice
bootable RW bootable
mode RW mode
type RW type
unpluggable RW unpluggable
currently-attached RO currently_attached
attachable RO =<expensive%field>
storage-lock RO storage_lock
status-code RO status_code
status-detail RO status_detail
qos_algorithm_type RW qos_algorithm_type
qos_algorithm_params MRW qos_algorithm_params
qos_supported_algorithms SRO qos_supported_algorithms
other-config MRW other_config
io_read_kbs RO =<expensive%field>
io_write_kbs RO =<expensive%field>
""",
    "VDI": """
uuid RO uuid
name-label RW name_label
name-description RW name_description
is-a-snapshot RO is_a_snapshot
snapshot-of RO snapshot_of
snapshots RO snapshots
snapshot-time RO snapshot_time
allowed-operations SRO allowed_operations
current-operations SRO =
sr-uuid RO SR
sr-name-label RO SR/name_label
vbd-uuids SRO VBDs
crashdump-uuids SRO =
virtual-size RO virtual_size
physical-utilisation RO physical_utilisation
location RO location
type RO title:type
sharable RO sharable
read-only RO read_only
storage-lock RO storage_lock
managed RO managed
parent RO-DEPRECATED =<not%in%database>
missing RO missing
is-tools-iso RO is_tools_iso
other-config MRW other_config
xenstore-data MRO xenstore_data
sm-config MRO sm_config
on-boot RW on_boot
allow-caching RW allow_caching
metadata-latest RO metadata_latest
metadata-of-pool RO =<not%in%database>
tags SRW tags
cbt-enabled RO cbt_enabled
""",
}

ACCESS = {"RO": "( RO)", "RW": "( RW)", "RO-DEPRECATED": "( RO) [DEPRECATED]", "RW-DEPRECATED": "( RW) [DEPRECATED]"}


def xe_table(text):
    rows = []
    for line in text.strip().split("\n"):
        name, access, source = line.split(" ")
        rows.append((name + " " + ACCESS.get(access, "(%s)" % access), source))
    width = max(len(name) for name, _ in rows) + 4
    return [(name.rjust(width) if i else name.ljust(width), source) for i, (name, source) in enumerate(rows)]


XE_KINDS = [name for name in Pool.CLASSES if name in XE]
XE_TABLES = {name: xe_table(text) for name, text in XE.items()}


def xe_value(pool, value):
    if isinstance(value, Ref):
        return pool.uuid(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "%.3f" % value
    if isinstance(value, dict):
        return "; ".join("%s: %s" % (key, item) for key, item in value.items())
    if isinstance(value, list):
        return "; ".join(xe_value(pool, item) for item in value)
    return str(value)


def sr_host(pool, record):
    pbds = record["PBDs"]
    if len(pbds) != 1:
        return "<shared>" if pbds else NOWHERE
    return pool.get(pool.get(pbds[0])["host"])["name_label"]


def xe_field(pool, record, source):
    if source[0] == "=":
        return source[1:].replace("%", " ")
    if source == "sr-host:":
        return sr_host(pool, record)
    if source == "vdi-name:":
        source = "VDI/name_label"
        if record["empty"]:
            return "<EMPTY>"
    for word, change in (("lower:", str.lower), ("title:", str.capitalize)):
        if source.startswith(word):
            return change(record[source[len(word) :]])
    if source.startswith("metrics."):
        if not record["metrics"].words:
            return "false" if source == "metrics.hvm" else "<unknown time>" if source.endswith("_time") else NOWHERE
        return xe_value(pool, pool.get(record["metrics"])[source[8:]]).replace("pv_in_pvh", "pv-in-pvh")
    if "/" in source:
        field, other = source.split("/")
        return pool.get(record[field])[other]
    text = xe_value(pool, record[source])
    return text.replace("pv_in_pvh", "pv-in-pvh") if source == "domain_type" else text


def xe_record(pool, name, record):
    return "".join("%s: %s\n" % (left, xe_field(pool, record, source)) for left, source in XE_TABLES[name])


def xe_text(pool, names):
    """What the commands NAME-list params=all print, one after the other."""
    records = (xe_record(pool, name, record) for name in names for record in pool.objects[name].values())
    return "\n\n".join(records)


# ---- JSON --------------------------------------------------------------------------------------------


def plain(value):
    if isinstance(value, Ref):
        return str(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def json_text(pool):
    tree = {}
    for name, records in pool.objects.items():
        tree[name] = {str(ref): plain(record) for ref, record in records.items()}
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"


# ---- the database ------------------------------------------------------------------------------------------

# Groups of fields in the data model: the database keeps name_label as name__label.
GROUPS = {
    "pool": ["name"],
    "host": ["name", "memory", "API_version"],
    "host_metrics": ["memory"],
    "VM": ["name", "memory", "VCPUs", "actions", "PV", "HVM"],
    "VM_metrics": ["memory", "VCPUs"],
    "network": ["name"],
    "VIF": ["qos"],
    "SR": ["name"],
    "VBD": ["qos"],
    "VDI": ["name"],
}


def db_name(name, field):
    for group in GROUPS.get(name, ()):
        if field.startswith(group + "_"):
            return group + "__" + field[len(group) + 1 :]
    return field


def quoted(text):
    return "'%s'" % text.replace("\\", "\\\\").replace("'", "\\'")


def db_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "(%s)" % " ".join("(%s %s)" % (quoted(key), quoted(item)) for key, item in value.items())
    if isinstance(value, list):
        return "(%s)" % " ".join(quoted(str(item)) for item in value)
    if isinstance(value, Date):
        return value
    return str(value)


PROTECTED = str.maketrans({" ": "%.", "\t": "%t", "\n": "%n", "\r": "%r", "%": "%%"})
XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def attribute(name, value):
    return ' %s="%s"' % (name, db_value(value).translate(PROTECTED).translate(XML))


def db_row(name, ref, record):
    fields = "".join(attribute(db_name(name, field), value) for field, value in record.items())
    return '<row ref="%s" __ctime="1" __mtime="2"%s%s/>' % (ref, attribute("_ref", str(ref)), fields)


def db_text(pool):
    pairs = (("schema_major_vsn", 5), ("schema_minor_vsn", 602), ("generation_count", 48213))
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n<database><manifest>']
    out += ['<pair key="%s" value="%s"/>' % pair for pair in pairs]
    out.append("</manifest>")
    for name in sorted(pool.objects):
        out.append('<table name="%s">' % name)
        out += [db_row(name, ref, record) for ref, record in pool.objects[name].items()]
        out.append("</table>")
    out.append("</database>\n")
    return "".join(out)


# ---- records with what every one has ------------------------------------------------------------------------


def add_host(pool, name, uuid, address, cpu, version, **more):
    free = more.pop("free", 98347196416)
    metrics = pool.add("host_metrics", name, memory_total=137341276160, memory_free=free, live=True)
    record = {
        "uuid": uuid,
        "name_label": name,
        "name_description": "Default install",
        "memory_overhead": 1265893376,
        "allowed_operations": ["VM.migrate", "evacuate", "provision", "VM.resume", "VM.start"],
        "current_operations": {},
        "API_version_major": 2,
        "API_version_minor": 16,
        "API_version_vendor": "XenSource",
        "API_version_vendor_implementation": {},
        "enabled": True,
        "software_version": version,
        "other_config": {
            "agent_start_time": "1764316802.",
            "boot_time": "1764316715.",
            "iscsi_iqn": "iqn.2024-03.example.lab:" + name,
        },
        # xe's text ends it with a separator, because the last capability is empty.
        "capabilities": [
            "xen-3.0-x86_64",
            "xen-3.0-x86_32p",
            "hvm-3.0-x86_32",
            "hvm-3.0-x86_32p",
            "hvm-3.0-x86_64",
            "",
        ],
        "cpu_configuration": {},
        "sched_policy": "credit",
        "supported_bootloaders": ["pygrub", "eliloader"],
        "resident_VMs": [],
        "logging": {},
        "PIFs": [],
        "suspend_image_sr": NULL,
        "crash_dump_sr": NULL,
        "PBDs": [],
        "cpu_info": cpu,
        "hostname": name,
        "address": address,
        "metrics": metrics,
        "tags": [],
        "edition": "xcp-ng",
        "power_on_mode": "",
        "power_on_config": {},
        "local_cache_sr": NULL,
        "ssl_legacy": False,
        "guest_VCPUs_params": {},
        "display": "enabled",
        "virtual_hardware_platform_versions": [0, 1, 2],
        "control_domain": NULL,
        "multipathing": False,
    }
    record.update(more)
    return pool.add("host", name, **record)


def cpu_info(count, modelname, model, stepping, speed, flags, features):
    info = {"cpu_count": str(count), "socket_count": "1", "vendor": "GenuineIntel", "speed": speed}
    info.update({"modelname": modelname, "family": "6", "model": str(model), "stepping": str(stepping), "flags": flags})
    info.update(features)
    return info


def add_network(pool, name, bridge, description="", **more):
    record = {
        "name_label": name,
        "name_description": description,
        "allowed_operations": [],
        "current_operations": {},
        "VIFs": [],
        "PIFs": [],
        "MTU": 1500,
        "other_config": {},
        "bridge": bridge,
        "managed": True,
        "blobs": {},
        "tags": [],
        "default_locking_mode": "unlocked",
        "assigned_ips": {},
        "purpose": [],
    }
    record.update(more)
    return pool.add("network", name, **record)


def mac(*words):
    digits = hashlib.md5("/".join(words).encode()).hexdigest()
    return ":".join(["02"] + [digits[i : i + 2] for i in range(0, 10, 2)])


def add_pif(pool, host, device, network, address=""):
    name = pool.get(host)["name_label"]
    return pool.add(
        "PIF",
        name + "/" + device,
        device=device,
        network=network,
        host=host,
        MAC=mac("PIF", name, device),
        MTU=1500,
        VLAN=-1,
        physical=True,
        currently_attached=True,
        ip_configuration_mode="Static" if address else "None",
        IP=address,
        netmask="255.255.255.0" if address else "",
        gateway="192.0.2.1" if address else "",
        DNS="192.0.2.1" if address else "",
        management=bool(address),
        other_config={},
        disallow_unplug=False,
        primary_address_type="IPv4",
        managed=True,
        properties={"gro": "on"},
        igmp_snooping_status="unknown",
    )


def add_vif(pool, vm, device, network, attached):
    name = pool.get(vm)["name_label"]
    return pool.add(
        "VIF",
        name + "/" + device,
        allowed_operations=["attach", "unplug"] if attached else ["attach"],
        current_operations={},
        device=device,
        network=network,
        VM=vm,
        MAC=mac("VIF", name, device),
        MTU=1500,
        other_config={},
        currently_attached=attached,
        status_code=0,
        status_detail="",
        qos_algorithm_type="",
        qos_algorithm_params={},
        qos_supported_algorithms=[],
        MAC_autogenerated=True,
        locking_mode="network_default",
        ipv4_allowed=[],
        ipv6_allowed=[],
    )


def add_sr(pool, key, name, type, content="user", shared=False, **more):
    record = {
        "name_label": name,
        "name_description": "",
        "allowed_operations": ["VDI.create", "VDI.destroy", "VDI.resize", "PBD.create", "plug", "unplug", "scan"],
        "current_operations": {},
        "VDIs": [],
        "PBDs": [],
        "virtual_allocation": 0,
        "physical_utilisation": 0,
        "physical_size": 0,
        "type": type,
        "content_type": content,
        "shared": shared,
        "other_config": {},
        "tags": [],
        "sm_config": {},
        "blobs": {},
        "local_cache_enabled": False,
        "introduced_by": NULL,
        "clustered": False,
        "is_tools_sr": False,
    }
    record.update(more)
    return pool.add("SR", key, **record)


def add_pbd(pool, host, sr, device_config, attached=True):
    key = "/".join((host.words[1], sr.words[1]))
    return pool.add(
        "PBD", key, host=host, SR=sr, device_config=device_config, currently_attached=attached, other_config={}
    )


def add_vdi(pool, key, name, sr, size, type="user", **more):
    uuid = made_up("VDI", key)
    record = {
        "uuid": uuid,
        "name_label": name,
        "name_description": "",
        "allowed_operations": ["snapshot", "clone"],
        "current_operations": {},
        "SR": sr,
        "VBDs": [],
        "virtual_size": size,
        "physical_utilisation": size // 4,
        "type": type,
        "sharable": False,
        "read_only": False,
        "other_config": {},
        "storage_lock": False,
        "location": uuid,
        "managed": True,
        "missing": False,
        "xenstore_data": {},
        "sm_config": {},
        "is_a_snapshot": False,
        "snapshot_of": NULL,
        "snapshots": [],
        "snapshot_time": Date("19700101T00:00:00Z"),
        "tags": [],
        "allow_caching": False,
        "on_boot": "persist",
        "metadata_latest": False,
        "is_tools_iso": False,
        "cbt_enabled": False,
    }
    record.update(more)
    return pool.add("VDI", key, **record)


def add_vbd(pool, vm, device, vdi, type="Disk", attached=True):
    name = pool.get(vm)["name_label"]
    return pool.add(
        "VBD",
        name + "/" + device,
        allowed_operations=["attach", "unplug"] if attached else ["attach"],
        current_operations={},
        VM=vm,
        VDI=vdi,
        device=device,
        userdevice=str(ord(device[-1]) - ord("a")),
        bootable=device == "xvda",
        mode="RO" if type == "CD" else "RW",
        type=type,
        unpluggable=True,
        storage_lock=False,
        empty=not vdi.words,
        other_config={},
        currently_attached=attached,
        status_code=0,
        status_detail="",
        qos_algorithm_type="",
        qos_algorithm_params={},
        qos_supported_algorithms=[],
    )


GUEST_PLATFORM = {
    "timeoffset": "0",
    "device-model": "qemu-upstream-compat",
    "viridian": "false",
    "nx": "true",
    "acpi": "1",
    "apic": "true",
    "pae": "true",
    "hpet": "true",
}
RUNNING = "pool_migrate migrate_send suspend clean_reboot hard_reboot clean_shutdown hard_shutdown pause snapshot"


def add_vm(pool, name, words=None, state="Running", host=NULL, started="19700101T00:00:00Z", **more):
    """`words` are those that it was last started with; None: it never was."""
    domain_type, running = more.get("domain_type", "hvm"), state == "Running"
    metrics = pool.add(
        "VM_metrics",
        name,
        memory_actual=more.pop("memory", 4294967296) if running else 0,
        VCPUs_number=2,
        start_time=Date(started),
        install_time=Date("20251002T05:58:12Z"),
        last_updated=Date(started),
        hvm=domain_type == "hvm",
        current_domain_type=domain_type if running else "unspecified",
    )
    record = {
        "allowed_operations": RUNNING.split() if running else ["start", "clone", "copy", "destroy", "export"],
        "current_operations": {},
        "name_label": name,
        "name_description": "",
        "power_state": state,
        "user_version": 1,
        "is_a_template": False,
        "is_default_template": False,
        "suspend_VDI": NULL,
        "resident_on": host,
        "scheduled_to_be_resident_on": NULL,
        "affinity": NULL,
        "memory_overhead": 37748736,
        "memory_target": 4294967296 if running else 0,
        "memory_static_max": 4294967296,
        "memory_dynamic_max": 4294967296,
        "memory_dynamic_min": 4294967296,
        "memory_static_min": 1073741824,
        "VCPUs_params": {},
        "VCPUs_max": 2,
        "VCPUs_at_startup": 2,
        "actions_after_shutdown": "destroy",
        "actions_after_reboot": "restart",
        "actions_after_crash": "restart",
        "VIFs": [],
        "VBDs": [],
        "VUSBs": [],
        "VGPUs": [],
        "attached_PCIs": [],
        "PV_bootloader": "",
        "PV_kernel": "",
        "PV_ramdisk": "",
        "PV_args": "",
        "PV_bootloader_args": "",
        "PV_legacy_args": "",
        "HVM_boot_policy": "BIOS order" if domain_type == "hvm" else "",
        "HVM_boot_params": {"order": "cd", "firmware": "bios"} if domain_type == "hvm" else {},
        "HVM_shadow_multiplier": 1.0,
        "platform": dict(GUEST_PLATFORM),
        "other_config": {
            "base_template_name": "Debian Buster 10",
            "install-methods": "cdrom,nfs,http,ftp",
            "mac_seed": made_up("mac_seed", name),
        },
        "domid": 3 if running else -1,
        "last_boot_CPU_flags": {"vendor": "GenuineIntel", "features": words} if words else {},
        "is_control_domain": False,
        "metrics": metrics,
        "recommendations": '<restrictions><restriction field="memory-static-max" max="1649267441664"/></restrictions>',
        "xenstore_data": {},
        "ha_always_run": False,
        "ha_restart_priority": "",
        "is_a_snapshot": False,
        "snapshot_of": NULL,
        "snapshots": [],
        "snapshot_time": Date("19700101T00:00:00Z"),
        "tags": [],
        "blocked_operations": {},
        "parent": NULL,
        "children": [],
        "bios_strings": {"bios-vendor": "Xen", "system-manufacturer": "Xen", "system-product-name": "HVM domU"},
        "is_vmss_snapshot": False,
        "appliance": NULL,
        "snapshot_schedule": NULL,
        "start_delay": 0,
        "shutdown_delay": 0,
        "order": 0,
        "suspend_SR": NULL,
        "version": 0,
        "generation_id": "",
        "hardware_platform_version": 0,
        "has_vendor_device": False,
        "requires_reboot": False,
        "reference_label": "debian-10",
        "domain_type": domain_type,
    }
    record.update(more)
    return pool.add("VM", name, **record)


def add_control_domain(pool, host):
    name = pool.get(host)["name_label"]
    vm = add_vm(
        pool,
        "Control domain on host: " + name,
        host=host,
        started="20251128T07:58:35Z",
        memory=2986344448,
        name_description="The domain which manages physical devices and manages other domains",
        is_control_domain=True,
        domain_type="pv",
        domid=0,
        platform={},
        allowed_operations=[],
        other_config={"storage_driver_domain": str(Ref("PBD", name)), "is_system_domain": "true"},
        recommendations="",
        bios_strings={},
        reference_label="",
        affinity=host,
    )
    pool.get(host)["control_domain"] = vm
    return vm


def add_pool(pool, name, uuid, master, default_sr, features):
    counts = [pool.objects["host"][host]["cpu_info"] for host in pool.objects["host"]]
    info = {"vendor": "GenuineIntel"}
    for key in ("cpu_count", "socket_count"):
        info[key] = str(sum(int(count[key]) for count in counts))
    info.update(features)
    pool.add(
        "pool",
        name,
        uuid=uuid,
        name_label=name,
        name_description="",
        master=master,
        default_SR=default_sr,
        suspend_image_SR=default_sr,
        crash_dump_SR=default_sr,
        other_config={"auto_poweron": "true"},
        allowed_operations=["cluster_create", "ha_enable"],
        current_operations={},
        ha_enabled=False,
        wlb_enabled=False,
        wlb_verify_cert=True,
        tags=[],
        cpu_info=info,
    )


def link(pool):
    """Fills the fields that say the same the other way round."""
    for name, field, to in (
        ("PIF", "network", "PIFs"),
        ("PIF", "host", "PIFs"),
        ("VIF", "network", "VIFs"),
        ("VIF", "VM", "VIFs"),
        ("PBD", "host", "PBDs"),
        ("PBD", "SR", "PBDs"),
        ("VBD", "VM", "VBDs"),
        ("VBD", "VDI", "VBDs"),
        ("VDI", "SR", "VDIs"),
        ("VM", "resident_on", "resident_VMs"),
        ("VM", "snapshot_of", "snapshots"),
    ):
        pool.link(name, field, to)
    return pool


# ---- the example --------------------------------------------------------------------------------------------

GIB = 1 << 30


def software(version, platform, xen):
    return {
        "product_version": version,
        "product_version_text": version[:3],
        "platform_name": "XCP",
        "platform_version": platform,
        "product_brand": "XCP-ng",
        "xen": xen,
        "linux": "4.19.0+1",
        "network_backend": "openvswitch",
    }


HERA_CPU = cpu_info(
    24, "Intel(R) Xeon(R) CPU E5-2670 v3 @ 2.30GHz", 63, 2, "2297.340", HASWELL_FLAGS, HASWELL
)
ZEUS_CPU = cpu_info(
    16, "Intel(R) Xeon(R) CPU E5-2650 v2 @ 2.60GHz", 62, 4, "2593.748", IVYBRIDGE_FLAGS, IVYBRIDGE
)
# What both have; libxc's rules change nothing here.
HERA_ZEUS_LEVEL = dict(IVYBRIDGE)
HERA_LEVEL = dict(HASWELL)


def add_disk(pool, vm, sr, size=16 * GIB, attached=True):
    name = pool.get(vm)["name_label"]
    return add_vbd(pool, vm, "xvda", add_vdi(pool, name, name + " 0", sr, size), attached=attached)


def add_example_storage(pool, hosts):
    shared = add_sr(
        pool,
        "nfs",
        "VM storage",
        "nfs",
        shared=True,
        name_description="NFS SR [192.0.2.20:/export/vms]",
        physical_size=GIB << 10,
    )
    size = 400 * GIB
    names = [host.words[1] for host in hosts]
    local = [add_sr(pool, "local " + name, "Local storage", "ext", physical_size=size) for name in names]
    tools = add_sr(
        pool,
        "tools",
        "XCP-ng Tools",
        "iso",
        content="iso",
        shared=True,
        name_description="XCP-ng Tools ISOs",
        is_tools_sr=True,
    )
    nfs = {"server": "192.0.2.20", "serverpath": "/export/vms", "nfsversion": "4"}
    for host, sr in zip(hosts, local):
        add_pbd(pool, host, sr, {"device": "/dev/disk/by-id/scsi-%s-part3" % host.words[1]})
        add_pbd(pool, host, shared, nfs)
        add_pbd(pool, host, tools, {"location": "/opt/xensource/packages/iso", "legacy_mode": "true"})
    return shared, local[0], tools


def add_example_vms(pool, hera, zeus, lan, cameras, shared, local):
    before, after = HASWELL["features_hvm_host"], IVYBRIDGE["features_hvm_host"]
    plan = (
        # name, uuid, what it was started with, host, start, disk, network
        ("mail", "3a6f0d91-5c2e-4b7d-9e18-c4072b8fd5a6", before, hera, "20251114T08:21:37Z", shared, lan),
        ("wiki", "b94d7e02-16fa-4c83-a5d0-2e8f36c1b07d", before, hera, "20251114T08:25:02Z", shared, lan),
        ("build", "58e1c3b7-f04d-4a96-8b2f-d7106ae5943c", after, hera, "20251129T19:40:11Z", shared, lan),
        ("dns", "c70a25fe-8b39-4d61-92c4-6f1be8d3057a", after, zeus, "20251129T19:52:48Z", shared, lan),
        ("scratch", None, after, hera, "20251201T06:30:00Z", local, lan),
        ("nvr", None, after, hera, "20251201T06:41:19Z", shared, cameras),
    )
    texts = {
        "mail": "booted while hera was alone in the pool",
        "wiki": "booted while hera was alone in the pool",
        "build": "booted after zeus had joined",
        "scratch": "Ana's scratch disk: 100% disposable & not backed up, see <C:\\scratch>",
        "nvr": "records the cam\u00e9ras",
    }
    for name, uuid, words, host, start, sr, network in plan if zeus else plan[:2]:
        vm = add_vm(
            pool,
            name,
            words,
            host=host,
            started=start,
            uuid=uuid or made_up("VM", name),
            name_description=texts.get(name, ""),
            domid=len(pool.objects["VM"]) + 1,
        )
        add_disk(pool, vm, sr)
        add_vbd(pool, vm, "xvdd", NULL, type="CD", attached=False)
        add_vif(pool, vm, "0", network, True)
    if not zeus:
        return
    archive = add_vm(
        pool,
        "archive",
        before,
        state="Halted",
        started="20251002T06:14:55Z",
        uuid="1d82b6c9-e7a4-45f3-b06d-839c5f2ae714",
        name_description="off since October",
    )
    ledger = add_vm(
        pool,
        "ledger",
        before,
        state="Suspended",
        started="20251114T08:30:44Z",
        name_description="suspended at the end of the quarter",
        suspend_VDI=add_vdi(pool, "ledger memory", "Suspend image", shared, 4 * GIB, type="suspend"),
        suspend_SR=shared,
    )
    for vm in (archive, ledger):
        add_disk(pool, vm, shared, attached=False)
        add_vif(pool, vm, "0", lan, False)
    wiki = Ref("VM", "wiki")
    # What forums advise against failing migrations.  It changes nothing.
    pool.get(wiki)["platform"]["cpu-type"] = "generic"
    disk = add_vdi(
        pool, "wiki snapshot", "wiki 0", shared, 16 * GIB, is_a_snapshot=True, snapshot_of=Ref("VDI", "wiki")
    )
    pool.get(Ref("VDI", "wiki"))["snapshots"].append(disk)
    snapshot = add_vm(
        pool,
        "wiki-before-upgrade",
        before,
        state="Suspended",
        started="20251114T08:25:02Z",
        name_description="with memory",
        is_a_template=True,
        is_a_snapshot=True,
        snapshot_of=wiki,
        snapshot_time=Date("20251120T21:03:10Z"),
        suspend_VDI=add_vdi(pool, "wiki snapshot memory", "Suspend image", shared, 4 * GIB, type="suspend"),
        suspend_SR=shared,
    )
    add_vbd(pool, snapshot, "xvda", disk, attached=False)
    add_vif(pool, snapshot, "0", lan, False)
    add_vm(
        pool,
        "Debian Buster 10",
        state="Halted",
        is_a_template=True,
        is_default_template=True,
        name_description="Template that allows VM installation from Xen-aware Debian-based distros",
        domain_type="hvm",
    )


def add_zeus(pool):
    return add_host(
        pool,
        "zeus",
        "e20b9f6a-4d15-48c7-b3a8-0f927d61c58e",
        "192.0.2.12",
        ZEUS_CPU,
        software("8.2.1", "3.2.1", "4.13.5-9.40.1"),
        free=112742891520,
    )


def newcomer():
    pool = Pool()
    add_zeus(pool)
    return pool


def example(joined=True):
    """Zeus, an Ivy Bridge, joined Hera, a Haswell, on 28 November; VMs that ran then keep Haswell's features."""
    pool = Pool()
    hera = add_host(
        pool,
        "hera",
        "7c1e58d4-93b6-4f0a-8d27-51f6a0c4e9b3",
        "192.0.2.11",
        HERA_CPU,
        software("8.2.1", "3.2.1", "4.13.5-9.40.1"),
    )
    zeus = add_zeus(pool) if joined else None
    hosts = (hera, zeus) if joined else (hera,)
    lan = add_network(pool, "Pool-wide network associated with eth0", "xenbr0")
    storage = add_network(pool, "storage", "xenbr1")
    cameras = add_network(pool, "cameras", "xenbr2", "only hera has a card there")
    add_network(
        pool,
        "Host internal management network",
        "xenapi",
        "Network on which guests will be assigned a private link-local IP address which can be used to talk XenAPI",
        other_config={
            "is_guest_installer_network": "true",
            "is_host_internal_management_network": "true",
            "ip_begin": "169.254.0.1",
            "ip_end": "169.254.255.254",
            "netmask": "255.255.0.0",
        },
    )
    for host in hosts:
        add_pif(pool, host, "eth0", lan, pool.get(host)["address"])
        add_pif(pool, host, "eth1", storage)
    add_pif(pool, hera, "eth2", cameras)
    shared, local, _ = add_example_storage(pool, hosts)
    add_example_vms(pool, hera, zeus, lan, cameras, shared, local)
    for host in hosts:
        add_control_domain(pool, host)
    add_pool(pool, "olympus", made_up("pool", "olympus"), hera, shared, HERA_ZEUS_LEVEL if joined else HERA_LEVEL)
    return link(pool)


EXAMPLE_FILES = {
    "hosts.txt": lambda pool: xe_text(pool, ["host"]),
    "vms.txt": lambda pool: xe_text(pool, ["VM"]),
    "pool.txt": lambda pool: xe_text(pool, ["pool"]),
    "networks.txt": lambda pool: xe_text(pool, ["network", "PIF", "VIF"]),
    "storage.txt": lambda pool: xe_text(pool, ["SR", "PBD", "VBD", "VDI"]),
    "records.json": json_text,
    "pool-database.xml": db_text,
}
# Beside it: the pool before Zeus joined, and what Zeus told of itself then.
EXAMPLES_BESIDE = {
    "before-zeus.txt": lambda: xe_text(example(joined=False), XE_KINDS),
    "zeus.txt": lambda: xe_text(newcomer(), ["host"]),
}


# ---- pools of any size ---------------------------------------------------------------------------------------

KINDS = (
    ("Intel(R) Xeon(R) CPU E5-2680 v3 @ 2.50GHz", 63, 2, "2494.224", HASWELL_FLAGS, HASWELL),
    ("Intel(R) Xeon(R) CPU E5-2630L v2 @ 2.40GHz", 62, 4, "2400.028", IVYBRIDGE_FLAGS, IVYBRIDGE),
    ("Intel(R) Xeon(R) CPU D-1548 @ 2.00GHz", 86, 3, "1995.394", HASWELL_FLAGS, BROADWELL),
)


def many(hosts, vms):
    """Hosts of three kinds; VMs that were started on one of them, or at the level of all."""
    pool = Pool()
    lan = add_network(pool, "Pool-wide network associated with eth0", "xenbr0")
    shared = add_sr(pool, "nfs", "VM storage", "nfs", shared=True, physical_size=GIB << 10)
    refs = []
    for i in range(hosts):
        name, kind = "host-%04d" % i, KINDS[i % len(KINDS)]
        address = "10.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255)
        cpu = cpu_info(24, *kind)
        version = software("8.2.1", "3.2.1", "4.13.5-9.40.1")
        refs.append(add_host(pool, name, made_up("host", name), address, cpu, version))
        add_pif(pool, refs[-1], "eth0", lan, address)
        add_pbd(pool, refs[-1], shared, {"server": "192.0.2.20", "serverpath": "/export/vms"})
        add_control_domain(pool, refs[-1])
    for i in range(vms):
        words = (KINDS[i % len(KINDS)][5] if i % 4 == 0 else IVYBRIDGE)["features_hvm_host"]
        state = "Running" if i % 8 else "Suspended" if i % 16 else "Halted"
        host = refs[i % hosts] if state == "Running" and hosts else NULL
        vm = add_vm(pool, "vm-%05d" % i, words, state=state, host=host, started="20251129T19:52:48Z")
        add_disk(pool, vm, shared, attached=state == "Running")
        add_vif(pool, vm, "0", lan, state == "Running")
    if refs:
        add_pool(pool, "many", made_up("pool", "many"), refs[0], shared, HERA_ZEUS_LEVEL)
    return link(pool)


DRESSES = {
    "xe": lambda pool: xe_text(pool, XE_KINDS),
    "json": json_text,
    "db": db_text,
}


def main():
    parser = argparse.ArgumentParser(description="Makes pools in XAPI's dresses.")
    parser.add_argument("--example", metavar="FOLDER", help="write the example pool's files there")
    parser.add_argument("--hosts", type=int, default=2)
    parser.add_argument("--vms", type=int, default=10)
    parser.add_argument("--dress", choices=sorted(DRESSES), default="xe")
    arguments = parser.parse_args()
    if arguments.example:
        pool = example()
        for name, write in EXAMPLE_FILES.items():
            with open(os.path.join(arguments.example, name), "w", encoding="utf-8") as file:
                file.write(write(pool))
        for name, write in EXAMPLES_BESIDE.items():
            with open(os.path.join(arguments.example, os.pardir, name), "w", encoding="utf-8") as file:
                file.write(write())
        return
    text = DRESSES[arguments.dress](many(arguments.hosts, arguments.vms))
    sys.stdout.buffer.write(text.encode())


if __name__ == "__main__":
    main()
