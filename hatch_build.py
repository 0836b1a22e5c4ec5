"""Compiles the catalogues when docgen is built or installed: ``docgen.po`` to ``docgen.mo`` beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for source in sorted(Path(self.root).glob("docgen/locale/*/LC_MESSAGES/docgen.po")):
            target = source.with_suffix(".mo")
            with source.open("rb") as file:
                catalogue = read_po(file, locale=source.parts[-3])
            # A reader in another process must never see half a catalogue.
            fresh = target.with_suffix(".mo.new")
            with fresh.open("wb") as file:
                write_mo(file, catalogue)
            fresh.replace(target)
