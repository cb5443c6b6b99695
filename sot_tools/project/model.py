"""What decides what is checked in a workspace, and how: its settings as values."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sot_tools.project.files import Scope
from sot_tools.rules.model import Rule, Scene

if TYPE_CHECKING:
    from sot_tools.source import Source


class Profile(NamedTuple):
    """What one family of workspaces shares."""

    name: str
    title: str
    settings: Mapping[str, Any]
    folder: Path


class Waiver(NamedTuple):
    """A suppression by path that the settings state, with its reason."""

    code: str
    path: str
    reason: str
    position: int
    """Index in the settings' list."""


class Settings(NamedTuple):
    """Everything that decides what is checked, and how."""

    source: "Source"
    profile: Profile
    assumed: bool
    """No settings file names the profile."""
    scene: Scene
    exclude: tuple[str, ...]
    rules: tuple[Rule, ...]
    waivers: tuple[Waiver, ...]
    runs: Path | None = None
    """Folder of the run directories, where evidence is hashed again; None looks at none."""

    @property
    def root(self) -> Path:
        """The workspace's folder."""
        return self.source.root

    @property
    def scope(self) -> Scope:
        """Which files the rules apply to."""
        scene = self.scene
        apart = (
            glob
            for kind in scene.kinds.by_name.values()
            for glob in kind.schema["x-sot"].get("ungoverned", ())
        )
        return Scope(scene.roots, scene.board_path, scene.glossary_path, self.exclude, tuple(apart))
