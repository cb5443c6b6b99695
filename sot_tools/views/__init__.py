"""The work of a workspace as items, graph and matrix; reads no file and judges no document."""
