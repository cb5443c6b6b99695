"""The wire schemas, as the harness asks for them; they are read in `project`."""

from sot_tools.project.wire import fault

__all__ = ["fault"]
