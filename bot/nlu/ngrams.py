"""Sparse sentence features: tf-idf of character and word n-grams.

They see what the encoder blurs: brand names, misspellings, a single decisive word. Rows have unit length, so that they
balance the encoder's unit vectors instead of drowning them as raw counts do.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.masking import masked


class Row(Features):
    """One sparse row, with a fingerprint that does not write every number out as text."""

    def fingerprint(self) -> str:
        """Equal for equal rows. Rasa asks for it several times an example while it trains."""
        row = self.features
        return hashlib.md5(row.indices.tobytes() + row.data.tobytes(), usedforsecurity=False).hexdigest()


class Ngrams:
    """Weighted tf-idf rows of character and of word n-grams, side by side."""

    def __init__(self, config: dict[str, Any]) -> None:
        """`config` as in `NgramFeaturizer.get_default_config`; learn with `fit` or take over with `load`."""
        self._parts = {
            "char": (_tfidf("char_wb", (2, config["max_char_ngram"]), config["min_df"]), 1.0),
            "word": (_tfidf("word", (1, config["max_word_ngram"]), config["min_df"]), config["word_weight"]),
        }
        # For each part: what splits a text into terms, the terms' columns, and how much a term weighs.
        self._known: list[tuple[Callable[[str], Iterable[str]], dict[str, int], NDArray[np.float64]]] = []
        self._empty: Any = None  # a row of no terms

    def fit(self, texts: list[str]) -> None:
        """Learn vocabulary and weights."""
        for vectorizer, _ in self._parts.values():
            vectorizer.fit(texts)
        self._prepare()

    def row(self, text: str) -> Any:
        """The sparse row of a text, (1, terms).

        What the vectorizers' own `transform` gives, without its checks and the matrix's: they cost more than counting.
        """
        data, columns, offset = [], [], 0
        for (_, weight), (split, terms, rarity) in zip(self._parts.values(), self._known, strict=True):
            counts = Counter(map(terms.get, split(text)))
            counts.pop(None, None)
            places = np.fromiter(counts.keys(), dtype=np.int32, count=len(counts))
            values = (np.log(np.fromiter(counts.values(), dtype=np.float64, count=len(counts))) + 1) * rarity[places]
            length = np.sqrt(values @ values)
            data.append(values * (weight / length) if length else values)
            columns.append(places + offset)
            offset += len(terms)
        row = copy(self._empty)
        row.data, row.indices = np.concatenate(data), np.concatenate(columns)
        row.indptr = np.array([0, len(row.data)], dtype=np.int32)
        return row

    def _prepare(self) -> None:
        self._known = [
            (vectorizer.build_analyzer(), vectorizer.vocabulary_, np.array(vectorizer.idf_))
            for vectorizer, _ in self._parts.values()
        ]
        self._empty = scipy.sparse.csr_matrix((1, sum(len(terms) for _, terms, _ in self._known)))

    def save(self, folder: Path) -> None:
        """Plain lists and arrays: half a second to read, where a pickle-like format takes eight."""
        for name, (vectorizer, _) in self._parts.items():
            terms = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.__getitem__)
            (folder / f"{name}.json").write_text(json.dumps(terms), encoding="utf-8")
            np.save(folder / f"{name}.npy", vectorizer.idf_, allow_pickle=False)

    def load(self, folder: Path) -> None:
        """Inverse of `save`. Raises `OSError` or `ValueError` when the files are not there or do not fit."""
        for name, (vectorizer, _) in self._parts.items():
            terms = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            vectorizer.vocabulary_ = {term: index for index, term in enumerate(terms)}
            vectorizer.idf_ = np.load(folder / f"{name}.npy", allow_pickle=False)
        self._prepare()


def _tfidf(analyzer: str, ngrams: tuple[int, int], min_df: int) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer=analyzer,
        ngram_range=ngrams,
        min_df=min_df,
        sublinear_tf=True,
        strip_accents="unicode",
        token_pattern=r"(?u)\b\w+\b" if analyzer == "word" else None,
    )


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(GraphComponent):
    """Adds one sparse sentence feature to each message with text. Learns its vocabulary from the intents' examples."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, name: str) -> None:
        """`name` is how the features say where they come from."""
        self._storage = model_storage
        self._resource = resource
        self._name = name
        self._ngrams = Ngrams(config)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`min_df`: an n-gram must occur in that many examples; `word_weight`: of words beside characters."""
        return {"max_char_ngram": 5, "max_word_ngram": 2, "min_df": 2, "word_weight": 2.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NgramFeaturizer:
        """Called by Rasa's graph for training."""
        return cls(config, model_storage, resource, execution_context.node_name)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NgramFeaturizer:
        """Called by Rasa's graph for answering. Raises what `Ngrams.load` raises."""
        featurizer = cls(config, model_storage, resource, execution_context.node_name)
        with model_storage.read_from(resource) as folder:
            featurizer._ngrams.load(folder)
        return featurizer

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the vocabulary."""
        examples = [m for m in training_data.training_examples if m.get(INTENT) and m.get(TEXT)]
        self._ngrams.fit([masked(m.get(TEXT)) for m in examples])
        with self._storage.write_to(self._resource) as folder:
            self._ngrams.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Features for every training example."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Features for the messages of one turn."""
        for message in messages:
            if message.get(TEXT):
                row = self._ngrams.row(masked(message.get(TEXT)))
                message.add_features(Row(row, FEATURE_TYPE_SENTENCE, TEXT, self._name))
        return messages
