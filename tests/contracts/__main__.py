"""Brings docs/asyncapi.json and docs/events.md up to date, and writes samples of events that have none."""

from tests.contracts import catalogue

(catalogue.DOCS / "asyncapi.json").write_text(catalogue.asyncapi())
(catalogue.DOCS / "events.md").write_text(catalogue.page())
for path in catalogue.write_missing_samples():
    print(path)
