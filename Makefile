# make demo    set up, review an example chart, say where the HTML is
# make test    set up and run all tests
# make check   style, types, layers, spelling, knowledge lint
# make bench   measure speed side by side with peers, as ratios
# make screenshots  take the pictures of the documents again
# make lock    pin the dependencies again
VENV := .venv
RUN := $(VENV)/bin/python -m
EXAMPLE := examples/hip-behind-it.yaml

.PHONY: demo test check bench screenshots lock clean
demo:
	@scripts/bootstrap.sh run
	@mkdir -p build
	@$(VENV)/bin/sacroiliac review $(EXAMPLE) --format html -o build/review.html
	@$(VENV)/bin/sacroiliac review $(EXAMPLE)
	@echo
	@echo "The same review as a page with pictures: $(CURDIR)/build/review.html"

test:
	@scripts/bootstrap.sh test
	$(RUN) pytest

check:
	@scripts/bootstrap.sh test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/sacroiliac knowledge check
	$(VENV)/bin/typos

bench:
	@scripts/bootstrap.sh test
	$(RUN) bench

screenshots:
	@scripts/bootstrap.sh test
	$(VENV)/bin/python scripts/screenshots.py
	$(VENV)/bin/python scripts/form_picture.py

lock:
	$(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q pyproject.toml requirements/run.in -o requirements/run.txt
	$(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q --extra pdf --extra spark pyproject.toml requirements/test.in -o requirements/test.txt
	$(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q --extra cohort pyproject.toml requirements/run.in -o requirements/cohort.txt
	$(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q --extra spark pyproject.toml requirements/run.in -o requirements/spark.txt
	$(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q --extra pdf pyproject.toml requirements/run.in -o requirements/pdf.txt

clean:
	rm -rf $(VENV) build tests/node/node_modules
