"""Requests and tasks."""

import json
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any
from urllib.parse import parse_qs

from tests.meilisearch.index import Index, Ranked
from tests.meilisearch.values import by_value, refusal, tokens
from tests.providers.loopback import ApiError, Loopback, Request

SEARCH = {
    "q", "vector", "hybrid", "offset", "limit", "page", "hitsPerPage", "attributesToRetrieve", "retrieveVectors",
    "attributesToCrop", "cropLength", "attributesToHighlight", "showMatchesPosition", "showRankingScore",
    "showRankingScoreDetails", "filter", "sort", "distinct", "facets", "highlightPreTag", "highlightPostTag",
    "cropMarker", "matchingStrategy", "attributesToSearchOn", "rankingScoreThreshold", "locales",
}  # fmt: skip


SETTINGS = {
    "displayedAttributes", "searchableAttributes", "filterableAttributes", "sortableAttributes", "rankingRules",
    "stopWords", "nonSeparatorTokens", "separatorTokens", "dictionary", "synonyms", "distinctAttribute",
    "proximityPrecision", "typoTolerance", "faceting", "pagination", "embedders", "searchCutoffMs", "localizedAttributes",
    "facetSearch", "prefixSearch",
}  # fmt: skip


BUILT_IN = {"words", "typo", "proximity", "attribute", "sort", "exactness"}


LATENCY = 0.005  # seconds that a task waits


class TaskFailed(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Meilisearch(Loopback):
    """`away` hangs up on everybody; `failing` has the next task of a type fail with a code."""

    def __init__(self, key: str = "") -> None:
        self.key = key
        self.away = False
        self.failing: dict[str, str] = {}
        self.indexes: dict[str, Index] = {}
        self.tasks: list[dict[str, Any]] = []
        self._queue: SimpleQueue[tuple[dict[str, Any], Callable[[], None]] | None] = SimpleQueue()
        super().__init__()
        self._worker = threading.Thread(target=self._work, daemon=True)
        self._worker.start()

    def close(self) -> None:
        self._queue.put(None)
        super().close()

    def fault(self, request: str) -> str:
        return "before" if self.away else super().fault(request)

    # --- tasks

    def _enqueue(self, type: str, index: str, work: Callable[[], None]) -> tuple[int, Any]:
        now = datetime.now(UTC).isoformat()
        task = {"uid": len(self.tasks), "indexUid": index, "status": "enqueued", "type": type, "canceledBy": None,
                "details": None, "error": None, "duration": None, "enqueuedAt": now, "startedAt": None, "finishedAt": None}  # fmt: skip
        self.tasks.append(task)
        self._queue.put((task, work))
        return 202, {
            "taskUid": task["uid"],
            **{name: task[name] for name in ("indexUid", "status", "type", "enqueuedAt")},
        }

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            task, work = item
            time.sleep(LATENCY)
            with self.lock:
                task |= {"status": "processing", "startedAt": datetime.now(UTC).isoformat()}
                try:
                    if code := self.failing.pop(task["type"], ""):
                        raise TaskFailed(code, "It was asked to.")
                    work()
                    task["status"] = "succeeded"
                except TaskFailed as failure:
                    error = refusal(400, failure.code, str(failure)).body
                    task |= {"status": "failed", "error": error}
                task["finishedAt"] = datetime.now(UTC).isoformat()

    def _make(self, uid: str, primary_key: str | None) -> None:
        if uid in self.indexes:
            raise TaskFailed("index_already_exists", f"Index `{uid}` already exists.")
        self.indexes[uid] = Index(primary_key)

    def _drop(self, uid: str) -> None:
        if self.indexes.pop(uid, None) is None:
            raise TaskFailed("index_not_found", f"Index `{uid}` not found.")

    def _configure(self, uid: str, changes: dict[str, Any]) -> None:
        index = self.indexes.setdefault(uid, Index(None))
        for name, value in changes.items():
            if name in ("typoTolerance", "faceting", "pagination"):
                index.settings[name] = index.settings[name] | value
            elif name == "embedders":
                index.settings[name] = {} if value is None else index.settings[name] | value
                if value is None:
                    index.vectors.clear()
            else:
                index.settings[name] = value
        index.reindex()

    def _add(self, uid: str, primary_key: str | None, documents: list[dict[str, Any]]) -> None:
        index = self.indexes.setdefault(uid, Index(primary_key))
        if primary_key and index.primary_key and primary_key != index.primary_key:
            raise TaskFailed(
                "index_primary_key_already_exists", f"Index already has a primary key: `{index.primary_key}`."
            )
        index.primary_key = index.primary_key or primary_key
        checked = []
        for told in documents:
            document = dict(told)
            id = document.get(index.primary_key or "id")
            if id is None:
                raise TaskFailed(
                    "missing_document_id", f"Document doesn't have a `{index.primary_key}` attribute: `{document}`."
                )
            if (
                isinstance(id, bool)
                or not isinstance(id, int | str)
                or not re.fullmatch(r"[A-Za-z0-9_-]{1,511}", str(id))
            ):
                raise TaskFailed("invalid_document_id", f"Document identifier `{json.dumps(id)}` is invalid.")
            checked.append((str(id), document, self._vector(index, id, document.pop("_vectors", {}))))
        for id, document, vector in checked:
            index.documents[id] = document
            index.vectors.pop(id, None)
            if vector is not None:
                index.vectors[id] = vector
        index.reindex()

    def _vector(self, index: Index, id: Any, told: dict[str, Any]) -> list[float] | None:
        for name, embedder in index.settings["embedders"].items():
            if name not in told:
                raise TaskFailed(
                    "vector_embedding_error",
                    f"While embedding documents for embedder `{name}`: no vectors provided for document `{id}`",
                )
            if (vector := told[name]) is not None:
                if len(vector) != embedder["dimensions"]:
                    raise TaskFailed(
                        "invalid_vector_dimensions",
                        f"Invalid vector dimensions in document with id `{id}` in `._vectors.{name}`: expected {embedder['dimensions']}, found {len(vector)}.",
                    )
                return list(vector)
        return None

    def _take_away(self, uid: str, ids: list[Any]) -> None:
        if uid not in self.indexes:
            raise TaskFailed("index_not_found", f"Index `{uid}` not found.")
        for id in ids:
            self.indexes[uid].documents.pop(str(id), None)
            self.indexes[uid].vectors.pop(str(id), None)
        self.indexes[uid].reindex()

    # --- requests

    def answer(self, request: Request) -> tuple[int, Any]:
        parts = request.path.strip("/").split("/")
        if request.method == "GET" and parts == ["health"]:
            return 200, {"status": "available"}
        self._check(request.headers.get("authorization", ""))
        query = {name: values[0] for name, values in parse_qs(request.query).items()}
        body = self._body(request)
        match (request.method, *parts):
            case ("POST", "indexes"):
                self._uid(body["uid"])
                return self._enqueue(
                    "indexCreation", body["uid"], lambda: self._make(body["uid"], body.get("primaryKey"))
                )
            case ("DELETE", "indexes", uid):
                return self._enqueue("indexDeletion", uid, lambda: self._drop(uid))
            case ("PATCH", "indexes", uid, "settings"):
                self._known(body, SETTINGS)
                self._rules(body.get("rankingRules") or [])
                return self._enqueue("settingsUpdate", self._uid(uid), lambda: self._configure(uid, body))
            case ("POST", "indexes", uid, "documents"):
                documents = body if isinstance(body, list) else [body]
                return self._enqueue(
                    "documentAdditionOrUpdate",
                    self._uid(uid),
                    lambda: self._add(uid, query.get("primaryKey"), documents),
                )
            case ("POST", "indexes", uid, "documents", "delete-batch"):
                return self._enqueue("documentDeletion", uid, lambda: self._take_away(uid, body))
            case ("GET", "tasks"):
                wanted = {int(one) for one in query["uids"].split(",")} if "uids" in query else None
                found = [task for task in self.tasks[::-1] if wanted is None or task["uid"] in wanted]
                limit = int(query.get("limit", 20))
                return 200, {"results": found[:limit], "total": len(found), "limit": limit, "from": None, "next": None}
            case ("POST", "indexes", uid, "search"):
                return 200, self._search(uid, body)
            case ("POST", "multi-search"):
                self._known(body, {"queries", "federation"})
                return 200, {"results": [self._one_of(place, one) for place, one in enumerate(body["queries"])]}
        raise ApiError(404, b"")

    def _check(self, authorization: str) -> None:
        if self.key and not authorization:
            raise refusal(401, "missing_authorization_header", "The Authorization header is missing. It must use the bearer authorization method.", "auth")  # fmt: skip
        if self.key and authorization != f"Bearer {self.key}":
            raise refusal(403, "invalid_api_key", "The provided API key is invalid.", "auth")

    def _body(self, request: Request) -> Any:
        if request.method in ("GET", "DELETE"):
            return None
        if request.headers.get("content-type") != "application/json":
            raise refusal(415, "invalid_content_type", "A Content-Type header is missing or not supported.")
        try:
            return json.loads(request.body)
        except ValueError as error:
            raise refusal(400, "malformed_payload", f"The json payload provided is malformed. `{error}`.") from None

    def _uid(self, uid: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,400}", uid):
            raise refusal(400, "invalid_index_uid", f"`{uid}` is not a valid index uid.")
        return uid

    def _known(self, body: dict[str, Any], fields: set[str]) -> None:
        if wrong := set(body) - fields:
            raise refusal(
                400, "bad_request", f"Unknown field `{sorted(wrong)[0]}`: expected one of {', '.join(sorted(fields))}"
            )

    def _rules(self, rules: list[str]) -> None:
        for rule in rules:
            if rule not in BUILT_IN and not re.fullmatch(r".+:(asc|desc)", rule):
                raise refusal(
                    400,
                    "invalid_settings_ranking_rules",
                    f"Invalid value at `.rankingRules`: `{rule}` ranking rule is invalid.",
                )

    def _one_of(self, place: int, query: dict[str, Any]) -> dict[str, Any]:
        asked = dict(query)
        try:
            return self._search(asked.pop("indexUid"), asked)
        except ApiError as error:
            raise ApiError(
                error.status, error.body | {"message": f"Inside `.queries[{place}]`: {error.body['message']}"}
            ) from None

    def _search(self, uid: str, asked: dict[str, Any]) -> dict[str, Any]:
        self._known(asked, SEARCH)
        if uid not in self.indexes:
            raise refusal(404, "index_not_found", f"Index `{uid}` not found.")
        index = self.indexes[uid]
        for name in ("offset", "limit"):
            if not isinstance(asked.get(name, 0), int) or asked.get(name, 0) < 0:
                raise refusal(
                    400, f"invalid_search_{name}", f"Invalid value type at `.{name}`: expected a positive integer"
                )
        if asked.get("matchingStrategy", "last") not in ("last", "all", "frequency"):
            raise refusal(400, "invalid_search_matching_strategy", "Unknown value at `.matchingStrategy`")
        allowed = index.allowed(asked.get("filter"), "invalid_search_filter")
        sort = self._sort(index, asked.get("sort") or [])
        q = (asked.get("q") or "").strip()
        scores: dict[Any, float]
        if asked.get("hybrid") is not None:
            ordered, scores = self._near(index, asked, allowed)
        elif tokens(q):
            ranked = index.matching(q, asked.get("matchingStrategy", "last"), allowed)
            ordered = sorted(ranked, key=lambda id: self._place(index, id, ranked[id], sort))
            scores = {id: one.score for id, one in ranked.items()}
        else:
            ordered = sorted(allowed, key=lambda id: self._place(index, id, None, sort))
            scores = dict.fromkeys(ordered, 1.0)
        if (least := asked.get("rankingScoreThreshold")) is not None:
            ordered = [id for id in ordered if scores[id] >= least]
        offset, limit = asked.get("offset", 0), asked.get("limit", 20)
        most = index.settings["pagination"]["maxTotalHits"]
        page = ordered[:most][offset : offset + limit]
        shown = [
            self._shown(index, id, asked) | ({"_rankingScore": scores[id]} if asked.get("showRankingScore") else {})
            for id in page
        ]
        found = {"indexUid": uid, "hits": shown, "query": q, "processingTimeMs": 0, "limit": limit, "offset": offset,
                 "estimatedTotalHits": len(ordered)}  # fmt: skip
        if (facets := asked.get("facets")) is not None:
            found["facetDistribution"], found["facetStats"] = index.facets(facets, ordered)
        return found

    def _near(self, index: Index, asked: dict[str, Any], allowed: set[Any]) -> tuple[list[Any], dict[Any, float]]:
        """By meaning alone: what is between that and words alone is not asked here."""
        embedder, vector = asked["hybrid"].get("embedder"), asked.get("vector")
        if embedder not in index.settings["embedders"]:
            raise refusal(400, "invalid_search_embedder", f"Cannot find embedder with name `{embedder}`.")
        if vector is None or asked["hybrid"].get("semanticRatio") != 1.0:
            raise refusal(400, "invalid_search_hybrid_query", "This server knows vectors alone.")
        dimensions = index.settings["embedders"][embedder]["dimensions"]
        if len(vector) != dimensions:
            raise refusal(
                400,
                "invalid_vector_dimensions",
                f"Invalid vector dimensions: expected: `{dimensions}`, found: `{len(vector)}`.",
            )
        scores = {
            id: (1 + sum(a * b for a, b in zip(vector, index.vectors[id], strict=True))) / 2
            for id in allowed
            if id in index.vectors
        }
        return sorted(scores, key=lambda id: -scores[id]), scores

    def _sort(self, index: Index, asked: list[str]) -> list[tuple[str, bool]]:
        found = []
        for one in asked:
            name, _, direction = one.rpartition(":")
            if direction not in ("asc", "desc"):
                raise refusal(
                    400,
                    "invalid_search_sort",
                    f"Invalid syntax for the sort parameter: expected expression ending by `:asc` or `:desc`, found `{one}`.",
                )
            if name not in index.settings["sortableAttributes"]:
                known = ", ".join(sorted(index.settings["sortableAttributes"]))
                raise refusal(
                    400,
                    "invalid_search_sort",
                    f"Attribute `{name}` is not sortable. Available sortable attributes are: `{known}`.",
                )
            found.append((name, direction == "desc"))
        return found

    def _place(self, index: Index, id: Any, ranked: Ranked | None, sort: list[tuple[str, bool]]) -> Any:
        """By the ranking rules, one after the other."""
        document = index.documents[id]
        place: list[Any] = []
        for rule in index.settings["rankingRules"]:
            if rule == "sort":
                place += [by_value(document, name, descending) for name, descending in sort]
            elif rule in BUILT_IN:
                place.append(0 if ranked is None else (-1 if rule == "words" else 1) * ranked.rules[rule])
            else:
                name, _, direction = rule.rpartition(":")
                place.append(by_value(document, name, direction == "desc"))
        return [*place, len(id), id]

    def _shown(self, index: Index, id: Any, asked: dict[str, Any]) -> dict[str, Any]:
        displayed = index.settings["displayedAttributes"]
        wanted = asked.get("attributesToRetrieve") or ["*"]
        return {
            name: value
            for name, value in index.documents[id].items()
            if (displayed == ["*"] or name in displayed) and ("*" in wanted or name in wanted)
        }
