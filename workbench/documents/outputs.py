"""Where results go. Every file that a call writes goes through here, so that one rule holds for all of them:

- an output is never a file that the call reads, by whatever path, link or spelling;
- a file that exists is replaced only where the caller says so (`--force`, `force=True`);
- a file appears under its name when it is whole, and files that belong together appear together.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from workbench.errors import Problem, ProblemsFound

log = logging.getLogger(__name__)
# What a guideline folder is read from.
_READ = {".yaml", ".yml", ".csv", ".md"}
# Libraries that write tell a full disk in their own words, some without the number.
_FULL = re.compile(r"os error (28|122|27|30)\b|No space left|quota exceeded|File too large|Read-only file", re.I)
# What the machine could not do, for people: no error names, no numbers.
_CAUSES = {
    errno.EACCES: "it may not be written to",
    errno.EPERM: "it may not be written to",
    errno.EROFS: "it lies on a disk that can only be read",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is full",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.EEXIST: "a file stands where a folder is needed",
    errno.ENOENT: "it is not there",
    errno.EISDIR: "a folder stands where a file is needed",
}
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def claim(
    outputs: Iterable[str | Path | None],
    reads: Iterable[str | Path | None] = (),
    *,
    force: bool = False,
    endings: Sequence[str] = (),
) -> None:
    """Check, before anything is touched, that these files may be written by a call that reads those files and folders
    (None stands for a file that was not named). `endings` are those an output may have; none: any.

    Raises ProblemsFound: `output-is-input`, `output-exists` (without `force`), `unwritable`, `bad-call`.
    """
    problems: list[Problem] = []
    taken: dict[str, Path] = {}
    sources = [Path(r) for r in reads if r]
    for path in (Path(o) for o in outputs if o):
        place = _spelled(path)
        if place in taken:
            problems.append(
                Problem("bad-call", f"two outputs are one file, {taken[place]} and this", str(path), hint="name two")
            )
        taken.setdefault(place, path)
        problems += _problems(path, sources, force, endings)
    if problems:
        raise ProblemsFound(problems)


def _problems(path: Path, sources: Sequence[Path], force: bool, endings: Sequence[str]) -> Iterator[Problem]:
    real = Path(os.path.realpath(path))  # also what no system opens, such as nowhere/../file
    source = next((s for s in sources if _same(path, s)), None)
    if source is not None:
        yield Problem(
            "output-is-input",
            f"the output is {source}, which the call reads" if path != source else "the output is what the call reads",
            str(path),
            hint="name another file for the output",
        )
    elif real.is_dir():
        yield Problem("unwritable", "the output is a folder", str(path), hint="name a file in it")
    elif path.exists() and not path.is_file() or str(path) in ("/dev/stdout", "/dev/stderr"):
        hint = "name a file; what a call prints goes to a pipe without it"
        yield Problem("unwritable", "the output is a device or a pipe, which takes no whole file", str(path), hint=hint)
    elif endings and path.suffix.lower() not in endings:
        yield Problem(
            "bad-call",
            f"{path.name} is to be {_or(endings)} by its ending",
            str(path),
            hint=f"name it {path.stem}{endings[0]}",
        )
    elif real.exists() and not force:
        yield Problem(
            "output-exists", "the file is there already", str(path), hint="--force replaces it; in Python, force=True"
        )
    else:
        yield from _place(path, real)


def _place(path: Path, real: Path) -> Iterator[Problem]:
    """What stands against a new file there, as far as it can be seen without making one."""
    folder = real.parent
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        yield Problem("unwritable", f"{folder.name} is no folder", str(path))
    elif not os.access(folder, os.W_OK):
        yield Problem("unwritable", f"nothing may be written in the folder {folder.name}", str(path))


def _or(endings: Sequence[str]) -> str:
    return " or ".join(endings)


def _spelled(path: Path) -> str:
    """The path without links and dots. In lower case: on many disks names that differ in case alone are one file."""
    try:
        return os.path.realpath(path).casefold()
    except (OSError, RuntimeError, ValueError):
        return os.path.abspath(path).casefold()


def _same(output: Path, source: Path) -> bool:
    """Whether an output is a file that is read: under any spelling, through links of both kinds, or one of those of a
    folder that is read."""
    if source.is_dir():
        output = Path(os.path.realpath(output))
        if not output.exists():
            return False
        return any(_one(output, f) for f in source.rglob("*") if f.suffix.lower() in _READ and f.is_file())
    return _one(output, source)


def _one(one: Path, other: Path) -> bool:
    if _spelled(one) == _spelled(other):
        return True
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return False


@contextmanager
def writing(*paths: str | Path) -> Iterator[tuple[Path, ...]]:
    """Names to write files under; when the block ends well they are put in place of `paths`, all together, and a file
    that was not written is left out. When it fails nothing is left and earlier files stay.

    The names are of this run alone: of two runs that write one path the last that is complete wins, whole.
    Raises ProblemsFound (`unwritable`) where the disk is full or the folder can not be written.
    """
    ends = [Path(os.path.realpath(p)) for p in paths]  # a link stays, and what it points to is replaced
    token = secrets.token_hex(6)
    parts = tuple(e.with_name(f".{e.name[:80]}.{token}.partial") for e in ends)
    with ExitStack() as stack:
        for part in parts:
            stack.callback(_removed, part)
        with told(ends[0], parts):
            for end in ends:
                end.parent.mkdir(parents=True, exist_ok=True)
            yield parts
            made = [(part, end) for part, end in zip(parts, ends, strict=True) if part.exists()]
            for part, _ in made:
                _synced(part)
            with _alone(ends[0].parent):
                for part, end in made:
                    part.replace(end)
                    log.info("wrote %s", end)
            for folder in {end.parent for end in ends}:
                _synced(folder)


@contextmanager
def scratch(path: str | Path) -> Iterator[str]:
    """A folder of this run alone beside an output, for what is needed on the way; it goes when the block ends. What can
    not be written there is told of the output."""
    end = Path(os.path.realpath(path))
    with told(end):
        end.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{end.name[:80]}.", suffix=".partial", dir=end.parent) as folder:
            try:
                yield folder
            except ProblemsFound as failed:
                raise ProblemsFound([_of_output(p, Path(folder), end) for p in failed.problems]) from None


def _of_output(problem: Problem, folder: Path, end: Path) -> Problem:
    if problem.code != "unwritable" or Path(problem.file).parent != folder:
        return problem
    why = problem.message.partition(": ")[2]
    return replace(problem, file=str(end), message=f"{end.name} can not be written: {why}")


def write_text(path: str | Path, text: str) -> None:
    """A text as a UTF-8 file, whole or not at all. Raises ProblemsFound."""
    with writing(path) as (part,):
        part.write_text(text, encoding="utf-8")


def write_bytes(path: str | Path, data: bytes) -> None:
    """Bytes as a file, whole or not at all. Raises ProblemsFound."""
    with writing(path) as (part,):
        part.write_bytes(data)


@contextmanager
def growing(path: str | Path) -> Iterator[tuple[bytes, Callable[[bytes], None]]]:
    """What a log holds, and how to add lines to it. Such a file only grows, is read by its owner alone, and while the
    block runs another run waits. A last line without its end, which a run that was killed left, is cut off before the
    next one is added. Raises ProblemsFound (`unwritable`)."""
    end = Path(os.path.realpath(path))
    with told(end), ExitStack() as stack:
        if end.exists() and not end.is_file():
            raise ProblemsFound([Problem("unwritable", "this is no plain file", str(path))])
        end.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(end, os.O_RDWR | os.O_CREAT, 0o600)
        file = stack.enter_context(os.fdopen(handle, "r+b"))
        _locked(handle)
        content = file.read()
        whole = content[: content.rfind(b"\n") + 1]

        def add(lines: bytes) -> None:
            file.seek(len(whole))
            file.truncate()
            file.write(lines)
            file.flush()
            os.fsync(handle)

        yield whole or content, add


def _locked(handle: int) -> None:
    """Waits until no other run holds the file; the lock goes with the handle."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX)


def digest(path: Path) -> str:
    """SHA-256 of a file, by which a second file says to which one it belongs."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def told(path: Path, parts: Sequence[Path] = ()) -> Iterator[None]:
    """Say of what went wrong in writing to which file it happened; other errors pass."""
    try:
        yield
    except (KeyboardInterrupt, ProblemsFound, BrokenPipeError):
        raise
    except Exception as error:
        reason = _reason(error, {str(p) for p in (path, *parts)} | {str(p.parent) for p in parts})
        if not reason:
            raise
        raise ProblemsFound(
            [
                Problem(
                    "unwritable",
                    f"{path.name} can not be written: {reason}",
                    str(path),
                    hint="nothing was left half written",
                )
            ]
        ) from None


def cause(number: int) -> str:
    """What an error number of the machine means, as half a sentence: `the disk is full`."""
    return _CAUSES.get(number) or os.strerror(number)


def _reason(error: Exception, names: set[str]) -> str:
    """Why writing failed; empty where the error is about something else."""
    if isinstance(error, OSError):
        if error.errno in _DISK or (error.filename is not None and str(error.filename) in names):
            return cause(error.errno) if error.errno else str(error)
    found = _FULL.search(str(error))
    if found:
        number = found.group(1)
        return cause(int(number)) if number else found.group(0)
    return ""


def _removed(part: Path) -> None:
    with suppress(OSError):
        part.unlink(missing_ok=True)


def _synced(path: Path) -> None:
    """On the disk before it counts as there; a file system that can not do that is no reason to fail."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno in _DISK:
            raise
    finally:
        os.close(handle)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One run at a time puts its files in place, so that files that belong together are never of two runs."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders: the digest in a second file still tells whether it fits
        yield
        return
    try:
        _locked(handle)
        yield
    finally:
        os.close(handle)
