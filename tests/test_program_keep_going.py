# SPDX-License-Identifier: MIT
"""One broken host among ten, in each format that may tell of several.

By default it is trouble that names file, line and host; --keep-going uses nine.
The lines are counted in the texts below.
"""

import json
import re

import pytest

from test_program import need_json, run, trouble

HOSTS = 10
BROKEN = 6  # counted from 0


def xl():
    caps = "bfebfbff:77faf3ff:2c100800:00000121:0000000f:009c6fbf:00000000:00000100"
    info = "host                   : node{}\nhw_caps                : {}\n"
    return "".join(info.format(i, caps[:-1] + "x" if i == BROKEN else caps) for i in range(HOSTS))


def xen_cpuid():
    words = "bfebfbff:7ffafbbf:2c100800:0000012"
    sets = "nr_features: 4\nDynamic sets:\nRaw            {}\nHVM Max        {}\nHVM Default    {}\n"
    return "".join(sets.format(words + "1", words + ("x" if i == BROKEN else "1"), words + "1") for i in range(HOSTS))


POLICIES = "Xen reports there are maximum 120 leaves and 2 MSRs\n"
RAW = """Raw policy: 48 leaves, 2 MSRs
  00000000:ffffffff -> 00000001:756e6547:6c65746e:49656e69
  00000001:ffffffff -> 000306f2:00000000:77fa3203:078bf9ff
HVM Max policy: 65 leaves, 2 MSRs
  00000000:ffffffff -> 00000001:756e6547:6c65746e:49656e69{}
HVM Default policy: 65 leaves, 2 MSRs
  00000000:ffffffff -> 00000001:756e6547:6c65746e:49656e69
"""


def xen_policies():
    return "".join(POLICIES + RAW.format(":" if i == BROKEN else "") for i in range(HOSTS))


def xen_domains():
    policy = "Domain {} policy: 4 leaves, 1 MSRs\n  0000000{}:ffffffff -> 00000001:756e6547:6c65746e:49656e69\n"
    return POLICIES + "".join(policy.format(i, int(i == BROKEN)) for i in range(HOSTS))


def qemu():
    return "".join(f"IvyBridge,{'+nosuch' if i == BROKEN else '-rdrand'}\n" for i in range(HOSTS))


def qmp():
    props = [{"nosuch" if i == BROKEN else "rdrand": False} for i in range(HOSTS)]
    return "".join(json.dumps({"name": "IvyBridge", "props": p}) + "\n" for p in props)


def label(index):
    return "maybe" if index == BROKEN else "true"


def nodes_described():
    node = "Name:    node{}\nLabels:  feature.node.kubernetes.io/cpu-cpuid.AVX2={}\n"
    return "".join(node.format(i, label(i)) for i in range(HOSTS))


def nodes_yaml():
    node = '- apiVersion: v1\n  metadata:\n    labels:\n      feature.node.kubernetes.io/cpu-cpuid.AVX2: "{1}"\n'
    return "".join((node + "    name: node{0}\n").format(i, label(i)) for i in range(HOSTS))


def nodes_json():
    labels = "feature.node.kubernetes.io/cpu-cpuid.AVX2"
    items = [{"metadata": {"labels": {labels: label(i)}, "name": f"node{i}"}} for i in range(HOSTS)]
    return json.dumps({"items": items}, indent=1)


def node_features():
    def one(i):
        return {
            "apiVersion": "nfd.k8s-sigs.io/v1alpha1",
            "kind": "NodeFeature",
            "metadata": {"labels": {"nfd.node.kubernetes.io/node-name": f"node{i}"}, "name": "x"},
            "spec": {
                "features": {
                    "attributes": {"cpu.model": {"elements": {"family": "six" if i == BROKEN else "6"}}},
                    "flags": {"cpu.cpuid": {"elements": {"AVX2": {}}}},
                }
            },
        }

    return json.dumps({"items": [one(i) for i in range(HOSTS)]}, indent=1)


def lscpu():
    machine = "Architecture:  x86_64\nVendor ID:  GenuineIntel\nModel name:  node{}\nFlags:  fpu sse avx2{}\n"
    return "".join(machine.format(i, " ?" if i == BROKEN else "") for i in range(HOSTS))


def lscpu_twice():
    machine = "Architecture:  x86_64\nVendor ID:  GenuineIntel\nModel name:  node{}\n{}Flags:  fpu sse avx2\n"
    return "".join(machine.format(i, "CPU family: 6\nCPU family: 6\n" if i == BROKEN else "") for i in range(HOSTS))


def lscpu_json():
    rows = [[{"field": "Model name:", "data": f"node{i}"}] for i in range(HOSTS)]
    for i in range(HOSTS):
        rows[i] += [] if i == BROKEN else [{"field": "Flags:", "data": "fpu avx2"}]
    return "".join(json.dumps({"lscpu": row}) + "\n" for row in rows)


# What each is written by, the broken line, and what its host is called there.
LISTINGS = {
    "xl": (xl, 14, "host node6"),
    "xen-cpuid": (xen_cpuid, 6 * 5 + 4, "HVM Max"),
    "xen-cpuid-policy": (xen_policies, 6 * 8 + 6, "expected a leaf"),
    "xen-cpuid-domain": (xen_domains, 6 * 2 + 3, "leaf 0"),
    "qemu": (qemu, 7, "nosuch"),
    "qmp": (qmp, 7, "nosuch"),
    "nfd": (nodes_described, 14, "node node6"),
    "nfd-yaml": (nodes_yaml, 6 * 5 + 4, "node node6"),
    "nfd-json": (nodes_json, None, "node node6"),
    "nfd-objects": (node_features, None, "node node6"),
    "lscpu": (lscpu, 28, "machine number 7 (node6)"),
    "lscpu-twice": (lscpu_twice, 29, "machine number 7 (node6)"),
    "lscpu-json": (lscpu_json, 7, "machine number 7 (node6)"),
}


@pytest.fixture(params=LISTINGS)
def listing(request, tmp_path):
    write, line, called = LISTINGS[request.param]
    path = tmp_path / "hosts"
    path.write_text(write())
    if path.read_text()[0] in "{[":
        need_json()
    return path, line, called


def test_a_broken_host_is_trouble_and_is_named(listing):
    path, line, called = listing
    message = trouble("level", str(path))
    place = re.match(r"featset: (.*?):(\d+)(:\d+)?: ", message)
    assert place and place.group(1) == str(path)
    if called != "HVM Max":
        assert called in message
    row = int(place.group(2))
    if line:
        assert row == line, message
    else:
        names = [n for n, content in enumerate(path.read_text().splitlines(), 1) if re.search(r'"node\d"', content)]
        assert names[BROKEN - 1] < row < names[BROKEN + 1], message


def test_keep_going_uses_nine_and_says_so(listing):
    path, line, called = listing
    done = run("level", "--keep-going", str(path))
    assert done.returncode == 0, done.stderr
    assert f" {HOSTS - 1} hosts" in done.stdout
    assert done.stderr.startswith("featset: warning: left out: " + str(path)) and done.stderr.count("\n") == 1
    assert f":{line}:" in done.stderr if line else called in done.stderr
    assert "left out" not in done.stdout


@pytest.mark.parametrize("name", ["xl", "xen-cpuid", "qemu", "nfd", "lscpu"])
def test_keep_going_still_needs_a_host(name, tmp_path):
    """Each host broken: the first one is what is told."""
    path = tmp_path / "hosts"
    good, bad = {
        "xl": ("00000100", "0000010x"),
        "xen-cpuid": ("bfebfbff:7ffafbbf:2c100800:00000121\nHVM D", "bfebfbff:7ffafbbf:2c100800:0000012x\nHVM D"),
        "qemu": ("-rdrand", "+nosuch"),
        "nfd": ("=true", "=maybe"),
        "lscpu": ("fpu", "?"),
    }[name]
    path.write_text(LISTINGS[name][0]().replace(good, bad))
    message = trouble("show", "--keep-going", str(path))
    assert int(re.match(r"featset: .*?:(\d+)", message).group(1)) <= 5, message
