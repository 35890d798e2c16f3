"""What a text means, as a vector: a small port, and whichever model the settings name."""

from functools import lru_cache

from tradehall.kernel.settings import Settings
from tradehall.services.search.embedding.port import Embedder, NoEmbedder

__all__ = ["Embedder", "NoEmbedder", "embedder_for"]


@lru_cache(maxsize=8)
def embedder_for(settings: Settings) -> Embedder:
    """One for each process. Nothing is loaded before it is asked."""
    match settings.search_model:
        case "wordllama":
            from tradehall.services.search.embedding.wordllama import WordLlama

            return WordLlama()
        case "minilm":
            from tradehall.services.search.embedding.minilm import MiniLM

            return MiniLM()
        case _:
            return NoEmbedder()
