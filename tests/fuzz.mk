# SPDX-License-Identifier: MIT
#
# make fuzz SECONDS=n   each fuzz target for n seconds (clang; TARGETS="hex xml" for some of them)
# make coverage         lines and branches of libfeatset that tests and replays reach (gcovr)

SECONDS ?= 60
FUZZ := $(BUILD)/fuzz
COVERAGE := $(BUILD)/coverage
FUZZ_CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -DFEATSET_FUZZER

.PHONY: fuzz fuzzers coverage

fuzzers: $(FUZZERS)

fuzz:
	@tools/setup.sh clang libclang-rt-14-dev $(DEMO_DEBS)
	@$(MAKE) --no-print-directory -s CC=clang BUILD=$(FUZZ) CFLAGS="$(FUZZ_CFLAGS)" LDFLAGS=-fsanitize=fuzzer fuzzers
	@tests/fuzz.sh $(FUZZ) $(SECONDS) $(TARGETS)

coverage:
	@tools/setup.sh gcovr libcmocka-dev $(DEMO_DEBS)
	@$(MAKE) --no-print-directory -s BUILD=$(COVERAGE) CFLAGS="-O0 -g --coverage -fprofile-update=atomic" tests
	@tests/coverage.sh $(COVERAGE)
