"""Sparse sentence features: tf-idf of character and word n-grams.

They see what the encoder blurs: brand names, misspellings, a single decisive word. Rows have unit length, so that they
balance the encoder's unit vectors instead of drowning them as raw counts do.
"""

from __future__ import annotations

from typing import Any

import scipy.sparse
import skops.io
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from bot.nlu.masking import masked


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(GraphComponent):
    """Adds one sparse sentence feature to each message with text. Learns its vocabulary from the intents' examples."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        name: str,
        vectorizer: FeatureUnion | None = None,
    ) -> None:
        """`vectorizer` is None until trained."""
        self._storage = model_storage
        self._resource = resource
        self._name = name
        self._vectorizer = vectorizer or FeatureUnion(
            [
                ("char", self._tfidf("char_wb", (2, config["max_char_ngram"]), config["min_df"])),
                ("word", self._tfidf("word", (1, config["max_word_ngram"]), config["min_df"])),
            ],
            transformer_weights={"char": 1.0, "word": config["word_weight"]},
        )

    @staticmethod
    def _tfidf(analyzer: str, ngrams: tuple[int, int], min_df: int) -> TfidfVectorizer:
        pattern = r"(?u)\b\w+\b"
        return TfidfVectorizer(
            analyzer=analyzer,
            ngram_range=ngrams,
            min_df=min_df,
            sublinear_tf=True,
            strip_accents="unicode",
            token_pattern=pattern if analyzer == "word" else None,
        )

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
        """Called by Rasa's graph for answering. Raises skops' error when the archive holds an unexpected type."""
        with model_storage.read_from(resource) as folder:
            vectorizer = skops.io.load(folder / "vectorizer.skops", trusted=["scipy.sparse._csr.csr_matrix"])
        return cls(config, model_storage, resource, execution_context.node_name, vectorizer)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the vocabulary."""
        examples = [m for m in training_data.training_examples if m.get(INTENT) and m.get(TEXT)]
        self._vectorizer.fit([masked(m.get(TEXT)) for m in examples])
        with self._storage.write_to(self._resource) as folder:
            skops.io.dump(self._vectorizer, folder / "vectorizer.skops")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Features for every training example."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Features for the messages of one turn."""
        spoken = [message for message in messages if message.get(TEXT)]
        if spoken:
            rows = scipy.sparse.csr_matrix(self._vectorizer.transform([masked(m.get(TEXT)) for m in spoken]))
            for index, message in enumerate(spoken):
                message.add_features(Features(rows[index], FEATURE_TYPE_SENTENCE, TEXT, self._name))
        return messages
