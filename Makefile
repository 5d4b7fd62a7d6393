# What can be done here; `make` alone says it again.
#   make run         build and serve on http://127.0.0.1:5000, with the database under ./data
#   make test        unit, acceptance, fuzz-api and tempest: what has to pass before a change lands
#   make unit        swift test
#   make acceptance  the tutorial and more, with real clients, each in a Python venv that this makes
#   make tempest     OpenStack's own tests, those of Tests/Acceptance/tempest/passing.txt
#   make python      the Python package's own tests, with its wheel in a fresh venv
#   make wheel       the Python package with the program inside, into out/wheel
#   make soak        what takes an hour: kills, full disks, hostile load, 300,000 requests of the fuzzer
#   make tsan        swift test with the thread sanitizer: fails on any report
#   make fuzz        mutated bytes for the request parser, the JSON reader and regular expressions, FUZZ_SECONDS (600)
#   make fuzz-api    requests made of the route tables, FUZZ_REQUESTS (300000) of them by FUZZ_SEED (1)
#   make bench       CPU, start-up time and memory beside nginx, with 100,000 servers beside 1,000, worlds, images
#   make lint        style and warnings          make format    bring the style in order
#   make coverage    write docs/COVERAGE.md      make clean     remove what was built

JOBS ?= 2
PORT ?= 5000
DATA ?= ./data
# Servers take seconds to build, as in a real cloud; `fast` takes no time for it.
PACE ?= realistic
FUZZ_SECONDS ?= 600
FUZZ_REQUESTS ?= 300000
FUZZ_SEED ?= 1
BUILD = swift build -j $(JOBS)
# One file that runs on any Linux of its processor: that is what the wheel and the image carry.
RELEASE = $(BUILD) -c release --product pocketstack --static-swift-stdlib -Xswiftc -static-executable
BINARY = .build/release/pocketstack
# The clients run against the binary that people get.
export POCKETSTACK_BIN = $(CURDIR)/$(BINARY)

# Debian packages: to build, to test, to measure.
TO_BUILD = libsqlite3-dev libssl-dev zlib1g-dev
TO_TEST = python3-venv openssh-client qemu-utils
TO_MEASURE = nginx-light wrk

.PHONY: help run release test unit acceptance tempest python wheel soak tsan fuzz fuzz-api fuzz-api-test bench lint
.PHONY: format coverage coverage-check clean
.PHONY: packages-build packages-test packages-measure venvs

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

run: release
	$(BINARY) serve --port $(PORT) --data $(DATA) --pace $(PACE)

release: packages-build
	$(RELEASE)

test: unit acceptance fuzz-api-test tempest python

# The socket tests go alone: their clients block threads that the other suites would keep busy.
unit: packages-build
	$(BUILD) --build-tests
	swift test --skip-build --filter HTTPServerTests
	swift test --skip-build --skip HTTPServerTests

# As many files of tests at a time as there are cores. What counts the commands that all of them ran comes behind.
acceptance: export POCKETSTACK_RAN = $(CURDIR)/out/ran
acceptance: release packages-test
	Tests/Acceptance/venvs.sh tools nova18 nova7 nova6 mitaka
	.venv-tools/bin/ruff check Tests/Acceptance Benchmarks clients
	rm -rf $(POCKETSTACK_RAN) && mkdir -p $(POCKETSTACK_RAN)
	cd Tests/Acceptance && ../../.venv-tools/bin/pytest -n auto --dist loadfile --no-loadscope-reorder
	cd Tests/Acceptance && ../../.venv-tools/bin/pytest -m counts test_identity_commands.py test_compute_commands.py

tempest: release packages-test
	Tests/Acceptance/tempest/run.sh

PYTHON_PACKAGE = clients/python
wheel: release packages-test
	Tests/Acceptance/venvs.sh python pythons
	mkdir -p $(PYTHON_PACKAGE)/src/pocketstack/bin
	strip -o $(PYTHON_PACKAGE)/src/pocketstack/bin/pocketstack $(BINARY)
	rm -rf out/wheel $(PYTHON_PACKAGE)/build
	.venv-python/bin/python -m build --no-isolation --wheel --outdir out/wheel $(PYTHON_PACKAGE)

# The wheel is what is tested, as people get it.
python: export POCKETSTACK_BIN =
python: wheel
	.venv-python/bin/mypy --strict $(PYTHON_PACKAGE)/src
	.venv-python/bin/pip install --quiet --no-deps --force-reinstall out/wheel/*.whl
	cd $(PYTHON_PACKAGE)/tests && ../../../.venv-python/bin/pytest -q

soak: export POCKETSTACK_KILL_ROUNDS = 20
soak: export POCKETSTACK_WORLD_KILL_ROUNDS = 220
soak: release packages-test
	Tests/Acceptance/venvs.sh tools
	cd Tests/Acceptance && ../../.venv-tools/bin/pytest -s -m "durability or soak"
	$(MAKE) fuzz-api

# A process with a report goes on and exits with 66 in the end. Tests start processes of their own, and not all of them
# tell how those ended: that is what the files with the reports are for.
TSAN = --sanitize=thread --scratch-path .build-tsan
TSAN_REPORTS = $(CURDIR)/.build-tsan/reports
TSAN_SUPPRESSIONS = $(CURDIR)/Tests/tsan-suppressions.txt
tsan: export TSAN_OPTIONS = suppressions=$(TSAN_SUPPRESSIONS):halt_on_error=0:exitcode=66:log_path=$(TSAN_REPORTS)/report
tsan: packages-build
	$(BUILD) --build-tests $(TSAN)
	rm -rf $(TSAN_REPORTS) && mkdir $(TSAN_REPORTS)
	swift test --skip-build $(TSAN) --filter HTTPServerTests; first=$$?; \
	swift test --skip-build $(TSAN) --skip HTTPServerTests && test $$first = 0; status=$$?; \
	if cat $(TSAN_REPORTS)/* 2>/dev/null; then exit 1; fi; exit $$status

# Without coverage guidance; the head of Sources/Fuzz/Fuzz.swift tells how to run libFuzzer instead.
fuzz: packages-build
	$(BUILD) -c release --scratch-path .build-fuzz --product Fuzz
	SWIFT_BACKTRACE=enable=no .build-fuzz/release/Fuzz http $(FUZZ_SECONDS)
	SWIFT_BACKTRACE=enable=no .build-fuzz/release/Fuzz json $(FUZZ_SECONDS)
	SWIFT_BACKTRACE=enable=no .build-fuzz/release/Fuzz regex $(FUZZ_SECONDS)

# The server is the one that people get; the fuzzer itself comes from the build of the tests.
fuzz-api: release
	$(BUILD) --product Fuzz
	.build/debug/Fuzz api $(FUZZ_REQUESTS) $(FUZZ_SEED) --program $(BINARY)

# The fewest that have a round of each release; about a minute.
fuzz-api-test: FUZZ_REQUESTS = 40000
fuzz-api-test: fuzz-api

bench: release packages-measure
	python3 Benchmarks/bench.py
	python3 Benchmarks/scale.py
	python3 Benchmarks/worlds.py
	python3 Benchmarks/images.py

# Warnings are errors in every target of Package.swift, so that a build that ends is one without warnings. It is the build
# that `unit` tests.
lint: packages-test
	swift format lint --strict --parallel --recursive Package.swift Sources Tests
	Tests/Acceptance/venvs.sh tools
	.venv-tools/bin/ruff check
	.venv-tools/bin/ruff format --check
	$(BUILD) --build-tests

format:
	swift format --in-place --parallel --recursive Package.swift Sources Tests
	Tests/Acceptance/venvs.sh tools
	.venv-tools/bin/ruff format

coverage: packages-build
	$(BUILD) --product pocketstack
	"$$($(BUILD) --show-bin-path)/pocketstack" routes --markdown > docs/COVERAGE.md.new
	mv docs/COVERAGE.md.new docs/COVERAGE.md

coverage-check: coverage
	@git diff --exit-code --stat -- docs/COVERAGE.md || { echo "docs/COVERAGE.md was out of date: commit it as it is now" >&2; exit 1; }

clean:
	rm -rf .build .build-* .venv-* out

# Install what is missing, saying so.
packages-build:
	@Tools/install-packages $(TO_BUILD)
packages-test: packages-build
	@Tools/install-packages $(TO_TEST)
packages-measure: packages-test
	@Tools/install-packages $(TO_MEASURE)

# All virtual environments that `make lint test` needs. They come over the network, and so may come beside a build.
venvs: packages-test
	Tests/Acceptance/venvs.sh tools nova18 nova7 nova6 tempest python pythons
