-- SPDX-License-Identifier: MIT
-- Cpus, baselines, levels and files, against the psABI, gcc's manual and the example's own listing.
local featset = require "featset"
local t = require "harness"
local hosts_txt = "examples/pools/hera-zeus/hosts.txt"

-- ---- the catalog ----

-- x86-64 psABI, table of micro-architecture levels; LZCNT is abm, and OSXSAVE stands for XSAVE.
local v2, v3 = assert(featset.baseline "x86-64-v2"), assert(featset.baseline "x86-64-v3")
t.equal(v3.features - v2.features, featset.set("avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"),
	"x86-64-v3")
t.equal(v3.parent, v2, "parent")
t.equal(tostring(v3), "x86-64-v3", "tostring")
t.equal(v3.kind, "psABI level", "kind")
t.equal(v3.vendor, nil, "no vendor")

-- gcc's manual on -march: haswell has what ivybridge has, and MOVBE, AVX2, BMI, BMI2, LZCNT, FMA.
local ivybridge, haswell = featset.baseline "ivybridge", featset.baseline "HASWELL"
t.ok(ivybridge.features < haswell.features, "ivybridge runs on haswell")
t.ok(featset.set("movbe", "avx2", "bmi1", "bmi2", "abm", "fma") <= haswell.features - ivybridge.features, "haswell")
t.equal(haswell.vendor, "GenuineIntel", "vendor")
t.equal(haswell.year, 2013, "year")
t.ok(not math.type or math.type(haswell.year) == "integer", "integer")
t.equal(haswell.kind, "microarchitecture", "kind")
t.equal(featset.type(haswell), "Baseline", "type")

local count, found = 0, nil
for baseline in featset.baselines() do
	count = count + 1
	if baseline == haswell then found = baseline.name end
	t.equal(featset.baseline(baseline.name), baseline, "found again")
end
t.equal(found, "haswell", "among all")
t.ok(count > 20, "the catalog")
t.refuses("did you mean 'ivybridge'?", featset.baseline "ivybrige")
t.raises("bad argument", featset.baseline, nil)
t.equal(featset.psabi "haswell", 3, "haswell is x86-64-v3")
t.equal(featset.psabi(ivybridge), 2, "ivybridge is x86-64-v2")
t.equal(tostring(featset.nearest(haswell)[1]), "haswell", "nearest to itself")

local fits, missing, unknown = v3:fits(ivybridge)
t.equal(fits, false, "ivybridge is not x86-64-v3")
t.equal(missing, featset.set("avx2", "bmi1", "bmi2", "fma", "abm", "movbe"), "what it lacks")
t.ok(unknown:empty(), "everything is known")

-- ---- the example pool: its file is the source, an AND of two words by hand what is expected ----

local pool = assert(featset.load(hosts_txt))
t.equal(#pool, 2, "hosts")
t.equal(pool.format, "xe", "format")
t.equal(pool[1].name .. " " .. pool[2].name, "hera zeus", "names")
t.equal(pool[1].uuid, "7c1e58d4-93b6-4f0a-8d27-51f6a0c4e9b3", "uuid")

local listing = assert(io.open(hosts_txt)):read "*a"
local strings = {}
for text in listing:gmatch "features_hvm_host: ([%x-]+)" do strings[#strings + 1] = text end
for i, host in ipairs(pool) do
	t.equal(host.hvm.features:xen(#strings[i]:gsub("%x", "") + 1), strings[i], "features_hvm_host")
	t.equal(host.hvm.xen, strings[i], "xen")
	t.equal(host.hvm.words["1.0.edx"], tonumber(strings[i]:sub(1, 8), 16), "words")
	t.equal(host.hvm:word(1), tonumber(strings[i]:sub(10, 17), 16), "word")
end
t.equal(pool[1].hvm.family, 6, "family")
t.equal(pool[1].hvm.model, 63, "model")
t.equal(pool[1].hvm.stepping, 2, "stepping")
t.equal(pool[1].hvm.vendor, "GenuineIntel", "vendor")
t.equal(pool[1].hvm.brand, "Intel(R) Xeon(R) CPU E5-2670 v3 @ 2.30GHz", "brand")
t.equal(tostring(pool[1].hvm.microarchitecture), "haswell", "an E5-2670 v3 is a Haswell")
t.equal(tostring(featset.identify(pool[2])), "ivybridge", "an E5-2650 v2 is an Ivy Bridge")
t.equal(pool[1].hvm.hypervisor, nil, "unknown is nil")
t.equal(pool[1].hvm.usable, nil, "a listing knows nothing of the operating system")
t.equal(pool[1].hvm.nonsense, nil, "no such field")

local level = assert(featset.level(pool, "xenserver"))
t.equal(level.rule, "xenserver", "rule")
t.equal(#level, 2, "hosts of the level")
t.equal(level.vendor, "GenuineIntel", "vendor")
t.equal(level.mixed, false, "one vendor")
t.equal(tostring(level.baseline), "ivybridge", "baseline")
t.equal(level.psabi, 2, "psabi")
t.equal(level.features, level.cpu.features, "features")
t.equal(tostring(level.hosts[1].brand), pool[1].hvm.brand, "hosts")
t.ok(level.features <= pool[1].hvm.features + level.accumulated, "below every host")
t.ok(level.features <= pool[2].hvm.features + level.accumulated, "below every host")
-- Words 5: 000007ab & 00000281, as the two strings have them, and nothing depends on what goes.
t.equal(level.features:word "7.0.ebx", 0x281, "AND of 7.0.EBX")
local lost, other = level:lost(1)
t.equal(lost, featset.set("fma", "movbe", "abm", "tsc_adjust", "bmi1", "avx2", "bmi2", "invpcid"), "hera loses")
t.equal(other, level:lost_other(1), "the rest")
t.ok(level:lost(2):empty(), "zeus loses nothing")
t.equal(level:write "xen":gsub("%s+$", ""), level.xen, "written")
t.equal(tostring(level), "ivybridge, x86-64-v2: 2 hosts, 58 features (rule xenserver)", "tostring")

-- Files among the hosts count with all their hosts; a file of one host stands for it.
t.equal(#assert(featset.level { pool, pool[1], "haswell" }), 4, "a file among the hosts")
t.equal(#assert(featset.level { featset.loads "0-0", featset.loads "0-1" }), 2, "two files")
t.equal((featset.check(featset.loads "00000000-00001000", "haswell")), true, "a file of one host")
t.raises("host 1", featset.level, { featset.load "nosuch.txt" })

local safe = assert(featset.level { pool[1], pool[2] })
t.equal(safe.rule, "safe", "the default")
t.equal(assert(featset.level { pool[1].hvm, pool[2], rule = "plain" }).rule, "plain", "the rule among the hosts")
t.equal(assert(featset.level(pool, { rule = "plain", slot = "pv" })).hosts[1].xen, pool[1].pv.xen, "slot")
t.refuses("plain, xenserver, safe", featset.level(pool, "safest"))
t.raises("at least one host", featset.level, {})
t.raises("host 2", featset.level, { pool[1], 7 })
t.raises("from 1 to 2", level.lost, level, 3)

-- ---- who runs where: a guest with AVX2 cannot run on Ivy Bridge ----

local ok
-- The target's features_hvm decide, which here has the same words as features_hvm_host.
ok, missing = featset.check(pool[1], pool[2])
t.equal(ok, false, "hera's guest on zeus")
t.equal(missing, lost, "misses")
t.equal((featset.check("x86-64-v2", "x86-64-v3")), true, "names")
local unread = featset.cpu { features = featset.set(), known = featset.set "fma" }
ok, missing, unknown = featset.check(featset.set "avx2", unread)
t.equal(ok, nil, "unread is unknown")
t.ok(missing:empty() and unknown == featset.set "avx2", "what is unknown")
t.refuses("nothing is called", featset.check("haswel", pool[1]))

-- ---- made by hand, and read ----

local made = featset.cpu {
	features = featset.set "avx2", vendor = "GenuineIntel", family = 6, model = 60, stepping = 3,
}
t.equal(made.model, 60, "model")
t.equal(tostring(made.microarchitecture), "haswell", "06_3CH is a Haswell (Intel SDM volume 4, table 2-1)")
t.equal(#made.cpus, 0, "one alone")
t.refuses("vendor, family and model", featset.identify(featset.set "avx2"))

t.equal(featset.parse("haswell-avx2+sha_ni").features,
	haswell.features - featset.set "avx2" + featset.set "sha_ni", "parse")
t.equal(featset.loads("00000000-00001000")[1].cpu.features, featset.set "fma", "a Xen string")
t.equal(featset.loads(level:write "json")[1].cpu.features, level.features, "JSON read back")
t.equal(featset.loads(level:write "cpuid")[1].cpu.features:word "7.0.ebx", 0x281, "a dump read back")
t.refuses("none of the formats", featset.loads "something else entirely")
t.refuses("line 1", featset.loads("00000000-zzz", { format = "xen" }))
t.refuses("line 1", featset.loads("00000000-zzz", "xen"))
t.equal(featset.dumps(level, "xen"), level:write "xen", "dumps")
local tighter = { name = "tight", hvm = featset.cpu { features = haswell.features },
	hvm_max = featset.cpu { features = ivybridge.features } }
t.equal((featset.check(haswell, tighter)), false, "a target's maximum decides")
t.equal((featset.check(tighter, ivybridge)), false, "a guest has what new guests get")
t.refuses("pool.txt", featset.loads("zzz", { file = "pool.txt" }))
t.refuses("no format is called", featset.loads("zzz", { format = "xenn" }))
t.refuses("nosuch.txt", featset.load "nosuch.txt")
t.refuses("NUL", featset.load "nosuch\0.txt")
t.refuses("no format is called", level:write "xem")
t.raises("bad argument", featset.load, nil)

-- ---- lists of names ----

local function holds(list, name)
	for _, value in ipairs(list) do
		if value == name then return true end
	end
end
t.ok(holds(featset.formats(), "xe") and holds(featset.dialects(), "qemu") and holds(featset.rules(), "safe"), "lists")
local words = {}
for word in featset.words() do words[word.number] = word.name end
local leaf7 = assert(featset.word "7.0.EBX")
t.equal(leaf7.number .. leaf7.source .. leaf7.index .. leaf7.subleaf .. leaf7.register, "5cpuid70ebx", "word")
t.equal(leaf7.flags, 0xffffffff, "flags")
t.equal(featset.word(16).index, 0x10a, "IA32_ARCH_CAPABILITIES (Intel SDM volume 4, table 2-2)")
t.refuses("no word", featset.word "7.0.rax")
t.equal(words[0] .. " " .. words[5] .. " " .. words[16], "1.0.edx 7.0.ebx msr.10a.low", "words")
t.equal(#words, 63, "64 words, from 0")
local avx2 = assert(featset.feature "AVX2")
t.equal(avx2.name .. avx2.word .. avx2.bit .. avx2.class .. avx2.scope, "avx255capabilityuser", "feature")
t.equal(tostring(avx2), "avx2", "tostring")
t.equal(featset.feature(165), avx2, "by number")
t.equal(featset.feature("sse4.1", "qemu").name, "sse4_1", "by QEMU's name")
t.equal(featset.spell("sse3", "linux"), "pni", "Linux's name")
t.refuses("gcc", featset.spell("smep", "gcc"))
t.refuses("did you mean", featset.feature "avx22")
local named = 0
for feature in featset.features() do named = named + (feature.summary and 1 or 0) end
t.ok(named > 300, "all have a summary")

-- ---- this machine, against the kernel ----

local host, message = featset.host()
local cpuinfo = io.open "/proc/cpuinfo"
local flags = cpuinfo and cpuinfo:read("*a"):match "\nflags%s*:([^\n]*)"
if host and flags then
	flags = flags .. " "
	for _, name in ipairs { "sse2", "sse4_2", "popcnt", "avx", "avx2", "fma", "bmi2", "avx512f", "aes", "rdrand" } do
		t.equal(host.usable:has(name), flags:find(" " .. name .. " ", 1, true) ~= nil, "this machine's " .. name)
	end
	t.ok(#featset.host { all_cpus = true, msr = false }.cpus >= 1, "all CPUs")
else
	t.skip("this machine cannot be read: " .. (message or "no flags in /proc/cpuinfo"))
end
t.done()
