"""The project's config, domain, rules and examples as Rasa's training reads them, each read once.

Rasa's own importers read every file twice, check each against a schema and copy all examples deeply for every file
they merge: with sixteen thousand examples that is most of a training. `rasa data validate` checks the same files.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import rasa.shared.data
import rasa.shared.utils.io
import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.utils import story_graph_from_paths
from rasa.shared.nlu.training_data.formats.rasa_yaml import KEY_NLU, RasaYAMLReader
from rasa.shared.nlu.training_data.training_data import TrainingData


class Project(TrainingDataImporter):
    """Gives the same as Rasa's importer for a project without end-to-end stories and retrieval intents."""

    def __init__(self, root: Path) -> None:
        """`root` holds config.yml, domain.yml and data/. Nothing is read yet."""
        self._root = root

    def get_config(self) -> dict[str, Any]:
        """Content of config.yml. Raises Rasa's `YamlException` for a file that is no configuration."""
        config: dict[str, Any] = rasa.shared.utils.io.read_model_configuration(self._root / "config.yml")
        return config

    def get_config_file_for_auto_config(self) -> str | None:
        """None: config.yml says everything, nothing is written into it."""
        return None

    def get_domain(self) -> Domain:
        """Raises Rasa's `InvalidDomain`."""
        return self._domain

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """All rules; none is ever left out."""
        return self._stories

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """All examples, in the order of the files' names. Raises `yaml.YAMLError`."""
        return self._nlu_data

    @cached_property
    def _domain(self) -> Domain:
        return Domain.load(self._root / "domain.yml")

    @cached_property
    def _stories(self) -> StoryGraph:
        return story_graph_from_paths(self._files(YAMLStoryReader.is_stories_file), self._domain)

    @cached_property
    def _nlu_data(self) -> TrainingData:
        reader = RasaYAMLReader()
        for file in self._files(rasa.shared.data.is_nlu_file):
            reader.filename = file
            with Path(file).open(encoding="utf-8") as opened:
                reader._parse_nlu(yaml.safe_load(opened)[KEY_NLU])
        return TrainingData(
            reader.training_examples, reader.entity_synonyms, reader.regex_features, reader.lookup_tables
        )

    def _files(self, wanted: Callable[[str], bool]) -> list[str]:
        return sorted(rasa.shared.data.get_data_files([str(self._root / "data")], wanted))
