# The commands of the README. `make run` and `make test` work on a fresh clone with Rust, Node 20, Python 3 and a C compiler.
HTTPS ?= 127.0.0.1:8443
HTTP  ?= 127.0.0.1:8080
DIR   ?= .parvis
NPM   := npm --no-audit --no-fund
BUILT := $(or $(CARGO_TARGET_DIR),target)
DEBUG_BINARY   := $(BUILT)/debug/parvis
RELEASE_BINARY := $(BUILT)/release/parvis
WEB_SOURCES := $(shell find web -type d \( -name node_modules -o -name dist -o -name .git \) -prune -o -type f -print)

.PHONY: run test check unit web web-test binary conformance conformance-java fuzz-rest install e2e composites-older kills kills-few bench bench-e2e bench-load clean

# Build everything and start Parvis with a demo organisation; links are printed when it is ready.
run: web
	cargo build --locked --release --package parvis-server
	@mkdir -p $(DIR)
	$(RELEASE_BINARY) demo --dir $(DIR) --https $(HTTPS) --http $(HTTP) --json $(DIR)/demo.json

# All that a change must pass.
test: check unit web-test conformance install kills-few e2e
	@echo "make test: everything passed"

# Format, lints, rules of the house, generated files.
check: web
	cargo xtask check

# Tests beside the Rust code.
unit: web
	cargo test --locked --workspace

# Types, tests and API reports of the web packages; the SDK in a real browser; the sample's own tests.
web-test: web
	$(NPM) --prefix web run typecheck
	$(NPM) --prefix web test
	$(NPM) --prefix web run api --workspace packages/calling
	$(NPM) --prefix web run test:browser --workspace packages/calling
	node --test --test-reporter=./e2e/harness/reporter.mjs --test-reporter-destination=stdout samples/visit

# The official SDKs, unmodified, current and older versions, against a running server; every operation with every flaw of its
# credentials; requests made up from the public interface descriptions.
conformance: binary conformance/js/node_modules/.package-lock.json conformance/js-older/node_modules/.package-lock.json \
		conformance/python/.venv/.installed conformance/python/.venv-older/.installed conformance/fuzz/.venv/.installed
	node --test --test-reporter=./e2e/harness/reporter.mjs --test-reporter-destination=stdout conformance/ledger.test.mjs
	node conformance/run.mjs --binary $(DEBUG_BINARY)
	node conformance/refusals/run.mjs --binary $(DEBUG_BINARY)
	node conformance/fuzz/run.mjs --binary $(DEBUG_BINARY)

# The official Java packages: needs a JDK (17 or later) and Maven, and downloads the packages the first time.
conformance-java: binary
	node conformance/run.mjs --binary $(DEBUG_BINARY) --only java

# Ten minutes of made-up requests for each interface, another seed each time.
fuzz-rest: binary conformance/fuzz/.venv/.installed conformance/js/node_modules/.package-lock.json
	node conformance/fuzz/run.mjs --binary $(DEBUG_BINARY) --seconds 600 --seed $$(date +%s)

# The calling packages from a running server, by each package manager and bundler of docs/guides/move-your-app.md.
install: binary conformance/install/node_modules/.package-lock.json conformance/js/node_modules/.package-lock.json
	node conformance/install/run.mjs --binary $(DEBUG_BINARY)

# Two real browsers against the real binary.
e2e: binary e2e/node_modules/.package-lock.json
	node e2e/run.mjs --binary $(DEBUG_BINARY)

# The composites' scenario with a UI library of 2025: half a gigabyte of packages, so it is not part of `make test`.
composites-older: binary e2e/node_modules/.package-lock.json e2e/pages/composites-older/node_modules/.package-lock.json
	PARVIS_COMPOSITES=older node e2e/run.mjs --binary $(DEBUG_BINARY) --only composites

# Kills the release server KILLS times during chat load and looks whether anything acknowledged is lost, doubled or out of order.
KILLS ?= 1000
SEED  ?= 1
kills: web
	cargo build --locked --release --workspace
	$(BUILT)/release/parvis-load kills --binary $(RELEASE_BINARY) --count $(KILLS) --seed $(SEED)

# The same in short, as part of the tests.
kills-few: binary
	$(BUILT)/debug/parvis-load kills --binary $(DEBUG_BINARY) --count 20 --seed $(SEED)

# Numbers of this machine; see bench/README.md for what is measured. Nothing else should run on it.
bench: bench-load bench-e2e

bench-e2e: web e2e/node_modules/.package-lock.json
	cargo build --locked --release --package parvis-server
	node e2e/run.mjs --binary $(RELEASE_BINARY) --only measures,visit,crash

# Under load, beside peers that are installed by their package names into bench/peers; writes docs/benchmarks.md.
bench-load: web bench/peers/.venv/.installed bench/peers/node_modules/.package-lock.json
	cargo build --locked --release --workspace
	$(BUILT)/release/parvis-load measure --binary $(RELEASE_BINARY) --synapse $(CURDIR)/bench/peers/.venv/bin/python \
		--tokens $(CURDIR)/bench/peers --json bench/figures.json --page docs/benchmarks.md

bench/peers/.venv/.installed: bench/peers/requirements.txt
	python3 -m venv bench/peers/.venv
	bench/peers/.venv/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# The whole workspace, so that the crates are the very ones that the tests were built with.
binary: web
	cargo build --locked --workspace

# The pages are embedded in the binary, so they are built first.
web: web/dist/.built

web/dist/.built: web/node_modules/.package-lock.json $(WEB_SOURCES)
	$(NPM) --prefix web run build
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json %/package.json
	$(NPM) --prefix $* ci
	@touch $@

conformance/python/.venv/.installed: conformance/python/requirements.lock
conformance/python/.venv-older/.installed: conformance/python/requirements-older.lock
conformance/fuzz/.venv/.installed: conformance/fuzz/requirements.lock
conformance/python/.venv/.installed conformance/python/.venv-older/.installed conformance/fuzz/.venv/.installed:
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

clean:
	rm -rf target web/node_modules e2e/node_modules e2e/pages/*/node_modules e2e/artifacts conformance/js*/node_modules conformance/install/node_modules conformance/python/.venv* conformance/fuzz/.venv conformance/java/target
