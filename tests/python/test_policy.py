# SPDX-License-Identifier: MIT
"""Policies from Python.  The texts are those that QEMU 7.2 and libvirt 9.0 took."""
import copy
import os
import pickle
import unittest

import featset as fs

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
POOL = os.path.join(ROOT, "examples", "pools", "hera-zeus", "hosts.txt")
IVY_BRIDGE = "qemu:IvyBridge-v1-rdrand"
TEXT = "-cpu IvyBridge-v1,-rdrand,enforce\n"


class Policies(unittest.TestCase):
    def test_text(self):
        policy = fs.policy(IVY_BRIDGE, "qemu", "qemu-7.2")
        self.assertEqual((policy.text, str(policy)), (TEXT, TEXT))
        self.assertEqual((policy.platform, policy.target), ("qemu", "qemu-7.2"))
        self.assertEqual(policy.model, fs.baseline("qemu:IvyBridge-v1"))
        self.assertIn("f16c", policy.features)
        self.assertNotIn("rdrand", policy.features)
        self.assertEqual((policy.left_out, policy.notes, policy.exact), (fs.FeatureSet(), (), True))
        self.assertTrue(str(fs.policy(IVY_BRIDGE, "qemu", "qemu-7.2", expanded=True)).startswith("-cpu base,"))

    def test_the_newest_target_is_the_default(self):
        newest = {platform.name: platform.targets[0] for platform in fs.platforms()}
        self.assertEqual(fs.policy("haswell", "libvirt").target, newest["libvirt"])

    def test_what_is_taken(self):
        """One cpu in any dress, and several as their level under the platform's rule."""
        set_ = fs.FeatureSet(IVY_BRIDGE)
        for one in (IVY_BRIDGE, [IVY_BRIDGE], set_, fs.level([IVY_BRIDGE, IVY_BRIDGE], "kvm")):
            self.assertIn("IvyBridge-v1,", fs.policy(one, "qemu", "qemu-7.2").text)
        hosts = fs.load(POOL)
        level = fs.level(hosts, "kvm")
        for several in (hosts, list(hosts), [hosts[0], hosts[1]], iter(hosts)):
            self.assertEqual(fs.policy(several, "qemu"), fs.policy(level, "qemu"))
        self.assertNotEqual(fs.policy(hosts[0], "qemu"), fs.policy(level, "qemu"))
        asked = "haswell+invtsc"
        self.assertIn("+invtsc", fs.policy(asked, "qemu").text)
        self.assertNotIn("invtsc", fs.policy([asked, asked], "qemu").text)

    def test_what_cannot_be_said(self):
        policy = fs.policy("haswell+uintr", "qemu")
        self.assertEqual((policy.left_out, policy.exact), (fs.FeatureSet("uintr"), False))
        self.assertIn("not exact", repr(policy))
        with self.assertRaisesRegex(fs.UnsupportedError, "cannot express uintr"):
            fs.policy("haswell+uintr", "qemu", strict=True)
        every = fs.FeatureSet(range(2048))
        with self.assertRaisesRegex(fs.UnsupportedError, "and more$"):
            fs.policy(every, "qemu", "qemu-7.2", strict=True)

    def test_leave_open(self):
        """A Xen featureset tells of its own words alone; the bits of others are turned off, or the host's."""
        cpu = fs.loads("1fcbfbff-f7ba2223")[0]
        self.assertIn("avx2=0", fs.policy(cpu, "xl").text)
        self.assertNotIn("avx2", fs.policy(cpu, "xl", leave_open=True).text)

    def test_it_is_a_value(self):
        policy = fs.policy(IVY_BRIDGE, "qemu")
        for same in (fs.policy(IVY_BRIDGE, "qemu"), pickle.loads(pickle.dumps(policy)), copy.deepcopy(policy)):
            self.assertEqual((same, hash(same)), (policy, hash(policy)))
        self.assertNotEqual(policy, fs.policy(IVY_BRIDGE, "qmp"))
        with self.assertRaises(AttributeError):
            policy.text = ""

    def test_platforms(self):
        rows = fs.platforms()
        names = [row.name for row in rows]
        self.assertEqual(names, sorted(names))
        qemu = rows[names.index("qemu")]
        self.assertEqual((qemu.rule, qemu.targets[-1]), ("kvm", "qemu-7.2"))
        for row in rows:
            self.assertTrue(row.summary)
            for target in row.targets:
                self.assertEqual(fs.policy("ivybridge", row.name, target).target, target)

    def test_misuse(self):
        for kind, work in (
            (fs.UnknownNameError, lambda: fs.policy("haswell", "quemu")),
            (fs.UnknownNameError, lambda: fs.policy(["haswell", "zen"], "quemu")),
            (fs.UnknownNameError, lambda: fs.policy("haswell", "qemu", "qemu-1.0")),
            (fs.UnknownNameError, lambda: fs.policy("haswel", "qemu")),
            (fs.InputError, lambda: fs.policy([], "qemu")),
            (TypeError, lambda: fs.policy("haswell", None)),
            (TypeError, lambda: fs.policy("haswell", "qemu", 7.2)),
            (TypeError, lambda: fs.policy("haswell", "qemu", name=5)),
            (TypeError, lambda: fs.policy(5, "qemu")),
            (TypeError, lambda: fs.policy("haswell")),
        ):
            with self.assertRaises(kind):
                work()


if __name__ == "__main__":
    unittest.main()
