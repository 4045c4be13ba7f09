# SPDX-License-Identifier: MIT
#
# The kernels are compiled once per instruction set and optimisation level; the
# user's flags come before these, which are what is measured.

BENCH := $(BUILD)/bench
BENCH_ISAS := $(if $(filter x86_64 i%86 amd64,$(shell uname -m)),sse2 avx2 avx512,portable)
BENCH_OBJECTS := $(foreach isa,$(BENCH_ISAS),$(BENCH)/pairs_$(isa)_O2.o $(BENCH)/pairs_$(isa)_O3.o)
BENCH_FLAGS = -std=c++17 -Wall -Wextra -pedantic -Ilibfeatset -MMD -MP $(CPPFLAGS) $(CXXFLAGS)

$(BENCH)/pairs_sse2_%.o: ISA_FLAGS = -msse2
$(BENCH)/pairs_avx2_%.o: ISA_FLAGS = -mavx2
$(BENCH)/pairs_avx512_%.o: ISA_FLAGS = -mavx512f

$(BENCH)/pairs_%_O2.o: bench/pairs_kernel.cc
	@mkdir -p $(@D)
	$(CXX) $(BENCH_FLAGS) -O2 $(ISA_FLAGS) -DVARIANT=pairs_$*_O2 -c -o $@ $<

$(BENCH)/pairs_%_O3.o: bench/pairs_kernel.cc
	@mkdir -p $(@D)
	$(CXX) $(BENCH_FLAGS) -O3 $(ISA_FLAGS) -DVARIANT=pairs_$*_O3 -c -o $@ $<

$(BENCH)/bench_pairs: bench/bench_pairs.cc $(BENCH_OBJECTS)
	@mkdir -p $(@D)
	$(CXX) $(BENCH_FLAGS) -o $@ $(filter %.cc %.o,$^) $(LDFLAGS)

# Pools in the three dresses, some 300 MB; the program is that of this build.
POOL_SIZES := 64x4000 1000x10000
POOLS := $(foreach size,$(POOL_SIZES),$(foreach dress,xe json db,$(BENCH)/$(size).$(dress)))

$(POOLS): tests/pool_maker.py
	@mkdir -p $(@D)
	$(PYTHON) tests/pool_maker.py --hosts $(firstword $(subst x, ,$(basename $(@F)))) \
		--vms $(lastword $(subst x, ,$(basename $(@F)))) --dress $(patsubst .%,%,$(suffix $@)) >$@.new
	@mv $@.new $@

$(BENCH)/bench_pool: bench/bench_pool.c $(STATIC)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -o $@ bench/bench_pool.c $(STATIC) $(LDFLAGS) $(LINK_LIBS)

.PHONY: bench-pairs bench-pool
bench: bench-pairs bench-pool

bench-pairs: $(BENCH)/bench_pairs
	@$(BENCH)/bench_pairs

bench-pool: $(BENCH)/bench_pool $(BUILD)/featset $(POOLS)
	@echo
	@$(BENCH)/bench_pool $(BUILD)/featset $(POOLS)

bench-json: $(BENCH)/bench_pairs
	@$(BENCH)/bench_pairs --json

# Builds without measuring, for `make check`.
.PHONY: bench-build
bench-build: $(BENCH)/bench_pairs $(BENCH)/bench_pool
