-- SPDX-License-Identifier: MIT
-- What nobody can mean is refused; nothing of what was given gets lost in silence.
local featset = require "featset"
local t = require "harness"

local set = featset.set("fma", "avx2")
local pool = assert(featset.load "examples/pools/hera-zeus/hosts.txt")

-- Sets: a host gives what its guests get; a table that is neither list, host nor feature is an error.
t.equal(featset.set(pool[1]), pool[1].hvm.features, "a host")
t.ok(featset.set(pool[1]):has "avx2", "hera is a Haswell")
t.equal(featset.set { pool[1], pool[2] }, pool[1].hvm.features + pool[2].hvm.features, "hosts")
t.equal(featset.set { cpu = featset.parse "fma" }, featset.set "fma", "a host that has one cpu")
t.equal(featset.set(featset.feature "avx2", { featset.feature "fma" }), set, "features")
t.equal(featset.set(), featset.set {}, "empty")
t.raises("no key 'features'", featset.set, { features = set })
t.raises("no key 'avx2'", featset.set, { avx2 = true })
t.raises("no key 'name'", featset.set, { name = "hera" })
t.raises("a list has no key", featset.set, pool)
t.raises("no key 'avx'", featset.set, { "fma", avx = true })
t.raises("no key -1", featset.set, { [-1] = "fma" })
t.raises("bad argument #2", featset.set, "fma", { { { "avx2" } } })

-- Cpus by hand.  Maxima of CPUID's extended leaves start at 0x80000000 (Intel SDM, CPUID, EAX = 80000000H).
local cpu = featset.cpu {
	features = set, max_extended = 0x80000008, xcr0 = 2 ^ 53, max_hypervisor = 0x40000010, vendor = "GenuineIntel", model = 60,
}
t.equal(cpu.max_extended, 0x80000008, "max_extended")
t.equal(cpu.max_hypervisor, 0x40000010, "max_hypervisor")
t.equal(cpu.xcr0, 2 ^ 53, "xcr0")
t.ok(not math.type or math.type(cpu.max_extended) == "integer", "integers")
for _, number in ipairs { -1, 1.5, 2 ^ 54, 1 / 0, 0 / 0, "6" } do
	t.raises("model: whole number", featset.cpu, { features = set, model = number })
end
t.raises("vendor: cannot hold a NUL byte", featset.cpu, { features = set, vendor = "Genuine\0Intel" })
t.raises("brand: cannot hold a NUL byte", featset.cpu, { features = set, brand = "\0" })
t.raises("unknown key 'modle'", featset.cpu, { features = set, modle = 60 })
t.raises("unknown key 1", featset.cpu, { set })

-- Options.
local text = "00000000-00001000"
t.equal(#featset.loads(text, { format = "xen" }), 1, "a format")
t.equal(#featset.loads(text, "xen"), 1, "its name alone")
t.equal(#featset.loads(text, { limit = 2 ^ 52, keep_going = true, file = "x" }), 1, "all options")
for _, format in ipairs { 7, {}, true, set } do
	t.raises("format: name of a format expected", featset.loads, text, { format = format })
	t.raises("format: name of a format expected", featset.load, "nosuch", { format = format })
end
t.raises("unknown key 'fromat'", featset.loads, text, { fromat = "xen" })
t.raises("unknown key 'file'", featset.load, "nosuch", { file = "x" })
t.raises("unknown key 'all_cpu'", featset.host, { all_cpu = true })
t.raises("unknown key 'rules'", featset.level, { set }, { rules = "plain" })
t.refuses("NUL", featset.loads(text, { format = "xen\0" }))
t.refuses("NUL", featset.loads(text, "xen\0e"))
t.refuses("NUL", featset.loads(text, { file = "x\0y" }))
t.refuses("NUL", featset.load("a\0b"))
t.refuses("NUL", featset.load("nosuch", { format = "\0" }))
t.refuses("no format", featset.loads(text, { format = "xenn" }))
t.refuses("NUL", featset.dumps(set, "xen\0"))
t.refuses("NUL", featset.baseline "haswell\0")
t.refuses("NUL", featset.feature "avx2\0")
t.refuses("NUL", featset.feature("avx2\0", "linux"))
t.refuses("NUL", featset.set "avx2\0")
t.refuses("NUL", featset.parse "avx2\0")
t.done()
