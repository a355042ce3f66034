"""Case files: the Parquet that `read` and `generate` write, in order and batch by batch."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow.parquet as pq

from workbench.cases.frame import MARK
from workbench.documents.outputs import writing


class Writer:
    """Writes frames of one schema as one Parquet file; `mark` it where they are checked cases. With no frame written
    there is no file. The file appears under its name when the block ends well; until then an earlier one stays."""

    def __init__(self, path: str | Path, *, mark: bool = True):
        self.path, self.mark, self.rows = Path(path), mark, 0
        self._file: pq.ParquetWriter | None = None
        self._stack = ExitStack()

    def write(self, frame: pl.DataFrame) -> None:
        table = frame.to_arrow()
        if self.mark:
            table = table.replace_schema_metadata(MARK)
        if self._file is None:
            self._file = pq.ParquetWriter(self._part, table.schema, compression="zstd")
        self._file.write_table(table)
        self.rows += len(frame)

    def __enter__(self) -> Writer:
        (self._part,) = self._stack.enter_context(writing(self.path))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if self._file is not None:
                self._file.close()
        except BaseException as closing:
            if not self._stack.__exit__(type(closing), closing, closing.__traceback__):
                raise
            return
        self._stack.__exit__(kind, error, at)
