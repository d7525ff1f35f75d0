# `make` alone says what there is. Another interpreter: make test PYTHON=python3.13
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-for-development
SECONDS_FOR_DEMO ?= 75
DEMO := runs/demo

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow bench lint clean

help:
	@echo "make demo       inspect, search, export and predict on real digits, in about two minutes"
	@echo "make test       the tests that take seconds"
	@echo "make test-slow  the tests that build packages or train for longer"
	@echo "make lint       ruff and mypy"
	@echo "make bench      the figures that the README quotes (hours; needs ADVISOR_DATA)"

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]' --constraint constraints.txt
	touch $@

install: $(STAMP)

demo: $(STAMP)
	rm -rf $(DEMO)
	$(BIN)/advisor inspect datasets/digits
	$(BIN)/advisor search datasets/digits --timeout $(SECONDS_FOR_DEMO) --out $(DEMO) || test $$? -eq 3
	$(BIN)/advisor export $(DEMO) --format onnx --out $(DEMO)/onnx
	$(BIN)/advisor export $(DEMO) --format bundle --out $(DEMO)/portable
	$(BIN)/advisor predict $(DEMO)/portable datasets/digits/test --out $(DEMO)/predictions.csv
	@head -n 4 $(DEMO)/predictions.csv
	@echo
	@echo "Where to look next:"
	@echo "  $(BIN)/advisor report $(DEMO)       the whole report again"
	@echo "  $(DEMO)/result.json                 everything that was found, as JSON"
	@echo "  $(DEMO)/predictions.csv             one row per picture"
	@echo "  $(DEMO)/onnx                        the model for other programs"
	@echo "  $(BIN)/advisor inspect YOUR_FOLDER  the same for your data"

test: $(STAMP)
	$(BIN)/python -m pytest

test-slow: $(STAMP)
	$(BIN)/python -m pytest -m slow

bench: $(STAMP)
	$(BIN)/python benchmarks/targets.py

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf build dist runs .mypy_cache .pytest_cache .ruff_cache .hypothesis
