"""wordllama: a vector for each of 32 000 pieces of words; a text's is their mean.

Its wheel brings table and tokenizer. They are read here, and not by its own class: that imports what 29 MiB more are
needed for, configures the process's logging, and makes the table twice as large in memory. Here it stays in the file, of
which the system keeps the pages that are used. A test compares both.
"""

import json
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tradehall.services.search.embedding.threaded import Threaded

TABLE = "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


class WordLlama(Threaded):
    name = "wordllama-l2-supercat-256"

    _table: Any = None
    _tokenizer: Any = None

    def _open(self) -> None:
        import numpy as np
        from tokenizers import Tokenizer

        if self._table is not None:
            return
        spec = find_spec("wordllama")
        if spec is None or not spec.submodule_search_locations:
            raise ImportError("wordllama is not installed")
        folder = Path(spec.submodule_search_locations[0])
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        with suppress(AttributeError):  # it would keep each text that it ever saw, 5 KiB of each
            self._tokenizer.model._resize_cache(0)
        with (folder / TABLE).open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            (table,) = [value for name, value in json.loads(file.read(length)).items() if name != "__metadata__"]
        if table["dtype"] != "F16":
            raise ValueError(f"numbers of another kind: {table['dtype']}")
        self._table = np.memmap(
            folder / TABLE, np.float16, "r", offset=8 + length + table["data_offsets"][0], shape=tuple(table["shape"])
        )

    def _vectors(self, texts: list[str]) -> list[list[float]]:
        import numpy as np

        found = []
        for text in texts:  # one by one: a batch would start threads of its own, which keep 12 MiB
            encoded = self._tokenizer.encode(text, add_special_tokens=False)
            pieces = [min(piece, len(self._table) - 1) for piece in encoded.ids]
            mean = self._table[pieces].astype(np.float32).mean(axis=0) if pieces else np.zeros(self._table.shape[1])
            length = float(np.linalg.norm(mean))
            found.append((mean / length if length else mean).tolist())
        return found
