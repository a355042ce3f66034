"""Case files: the Parquet that `read` and `generate` write, in order and batch by batch."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow.parquet as pq

from workbench.cases.frame import MARK


class Writer:
    """Writes frames of one schema as one Parquet file; `mark` it where they are checked cases. With no frame written
    there is no file."""

    def __init__(self, path: str | Path, *, mark: bool = True):
        self.path, self.mark, self.rows = Path(path), mark, 0
        self._file: pq.ParquetWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        table = frame.to_arrow()
        if self.mark:
            table = table.replace_schema_metadata(MARK)
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = pq.ParquetWriter(self.path, table.schema, compression="zstd")
        self._file.write_table(table)
        self.rows += len(frame)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
        if kind is not None:
            self.path.unlink(missing_ok=True)  # half a file would pass for a whole one
