"""Options and errors that several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from docgen import exits

if TYPE_CHECKING:
    from checks.model import Report
    from checks.spec import Spec
    from docgen.hub.attempt import Away
    from docgen.hub.folder import Folder
    from docgen.pdf.sign import Seal

F = TypeVar("F", bound=Callable[..., Any])


class RegularFile(click.Path):
    """A file that is there. What is none, such as a pipe, is not opened: it may never end, or never begin."""

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if not Path(os.fsdecode(found)).is_file():
            self.fail(f"{value} is no regular file.", param, ctx)
        return found


def config(command: F) -> F:
    """``--config`` and ``--var``."""
    command = click.option(
        "--var",
        "variables",
        multiple=True,
        metavar="NAME=VALUE",
        help="Set a variable of the spec; beats all others. May be repeated.",
    )(command)
    return click.option(
        "--config",
        "-c",
        metavar="FILE",
        help="The spec. Default: docgen.yml, looked for upwards from here.",
    )(command)


def environments(command: F) -> F:
    """``--env``, as often as wanted."""
    return click.option(
        "--env",
        "-e",
        "environments",
        multiple=True,
        metavar="ENV",
        help="Environment to look at. May be repeated; default: all.",
    )(command)


def language(command: F) -> F:
    """``--lang``"""
    return click.option(
        "--lang", type=click.Choice(["de", "en"]), help="Language of the report. Default: the spec's."
    )(command)


def supersedes(command: F) -> F:
    """``--supersedes``"""
    return click.option(
        "--supersedes",
        metavar="FILE.pdf",
        type=RegularFile(),
        help="The PDF that this one takes the place of: its id stands on the first page, and the version counts on.",
    )(command)


def only_for_pdf(supersedes: str | None, format_: str) -> None:
    """Refuses ``--supersedes`` for what has no first page."""
    if supersedes and format_ != "pdf":
        raise click.UsageError("--supersedes is for PDF.")


def sign(command: F) -> F:
    """``--sign/--no-sign``"""
    return click.option(
        "--sign/--no-sign",
        "signed",
        default=None,
        help="Whether a PDF is signed. Default: where the spec names a key (documents: sign).",
    )(command)


def seal(spec: Spec, signed: bool | None, served: str | None = None) -> Seal | None:
    """What signs PDFs about `spec`, None where they are not signed; `served` is the folder that a web server serves."""
    its = spec.documents.sign
    if signed and its is None:
        raise click.UsageError(f"{spec.file} names no key to sign with (documents: sign: …).")
    if its is None or signed is False:
        return None
    from docgen.pdf.sign import seal as made

    def tell(said: str) -> None:
        click.echo(f"docgen: {said}", err=True)

    return made(its, spec.folder, Path(served) if served else None, tell)


def destination(command: F) -> F:
    """``--to`` and ``--work``"""
    work = click.option(
        "--work",
        metavar="DIR",
        help="With ssh:// and s3://: where the hub is made before it is sent. Default: a folder in ~/.cache/docgen.",
    )
    return click.option(
        "--to",
        "target",
        default="hub",
        metavar="DIR|ssh://HOST/DIR|s3://BUCKET/PREFIX",
        help="The folder of the hub, here, on a web server or in object storage. Default: hub.",
    )(work(command))


def places(target: str, work: str | None) -> tuple[Folder, Callable[[Spec], Away] | None]:
    """The folder in which the hub is made, and how to reach the machine that it is sent to, if it is."""
    from docgen.hub.folder import Folder

    if "://" not in target:
        if work:
            raise click.UsageError(
                "--work is for --to ssh://… or s3://…; another hub is made where it stays."
            )
        return Folder(Path(target)), None
    from docgen.hub import far

    return Folder(Path(work) if work else far.work(target)), away(target)


@contextmanager
def at_hub() -> Iterator[None]:
    """A hub that somebody else is at, or that cannot be read or written, ends the command with the code for it."""
    from docgen.hub.folder import Busy

    try:
        yield
    except Busy as error:
        click.echo(f"docgen: {error}", err=True)
        raise click.exceptions.Exit(exits.BUSY) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"docgen: {where}{error.strerror or error}", err=True)
        raise click.exceptions.Exit(exits.INTERNAL) from error


def away(target: str) -> Callable[[Spec], Away]:
    """How to reach the hub at `target`, ``ssh://…`` or ``s3://…``, as a spec says."""
    from docgen.hub import bucket, far

    if target.startswith(bucket.SCHEME):
        its = bucket.Bucket(target)
        return lambda spec: its
    if target.startswith(far.SCHEME):
        where = far.place(target)
        return lambda spec: far.Far(where, spec)
    raise click.UsageError(
        f"--to {target}: expected a folder, ssh://user@host:port/path or s3://bucket/prefix."
    )


def superseded(file: str | None, kind: str, project: str) -> tuple[str, int]:
    """The id of the PDF `file`, and the version of what takes its place: of the same `kind`, about the same `project`."""
    if file is None:
        return "", 1
    import json

    from checks.model import Message
    from docgen.i18n import Translator
    from docgen.pdf.guard import guarded
    from docgen.renderers.printable import one_line

    def work() -> bytes:
        from checks import snapshot as snapshots
        from checks.errors import DocgenError
        from docgen.pdf.carried import SNAPSHOT
        from docgen.pdf.opened import opened

        seen = opened(Path(file))
        its = seen.manifest
        if its is None:
            return json.dumps([one.model_dump(mode="json") for one in seen.broken.values()]).encode()
        about = None
        if SNAPSHOT in seen.files:
            with suppress(DocgenError):
                about = snapshots.parse(seen.files[SNAPSHOT], SNAPSHOT).project
        told = {"id": its.id, "version": its.version + 1, "kind": its.kind, "project": about}
        return json.dumps(told).encode()

    answer = guarded(work)  # it may be anybody's
    told = json.loads(answer) if isinstance(answer, bytes) else [answer.model_dump(mode="json")]
    if isinstance(told, list):
        t = Translator("en")
        why = "".join(f": {one_line(t.plain(Message.model_validate(one)))}" for one in told[:1])
        raise click.UsageError(
            f"{file} is no PDF of docgen that could be read{why}; look at it with `docgen verify {file}`."
        )
    its, of = one_line(told["kind"]), one_line(told["project"] or "no known project")
    if (told["kind"], told["project"]) != (kind, project):
        raise click.UsageError(
            f"{file} is `{its}` of {of}; what is made here is `{kind}` of {project}, and takes the place only of the same."
        )
    return told["id"], told["version"]


def load_spec(config: str | None, variables: tuple[str, ...], names: tuple[str, ...] = ()) -> Spec:
    """The selected spec. Errors are usage errors: nothing is contacted."""
    from checks.spec import load

    spec = load(find(config), variables=pairs(variables))
    return select(spec, names)


def pairs(variables: tuple[str, ...]) -> dict[str, str]:
    """The values of ``--var`` by name."""
    found = {}
    for pair in variables:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--var {pair}: expected NAME=VALUE.")
        found[name] = value
    return found


def no_terminal(format_: str, output: str | None) -> None:
    """Refuses to write a PDF to a terminal."""
    if format_ == "pdf" and output in (None, "-") and sys.stdout.isatty():
        raise click.UsageError("A PDF is not for the terminal; name a file with -o.")


def select(spec: Spec, names: tuple[str, ...]) -> Spec:
    """`spec` with the environments `names`, or all."""
    if not names:
        return spec
    try:
        return spec.select(names)
    except KeyError as error:
        from difflib import get_close_matches

        known = [e.name for e in spec.environments]
        close = get_close_matches(str(error.args[0]), known, 1)
        hint = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(known)}."
        raise click.UsageError(f"{spec.file} has no environment {error.args[0]!r}. {hint}") from error


def find(config: str | None) -> Path:
    """The spec's file: as given, or docgen.yml here or in a folder above."""
    if config:
        return Path(config)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "docgen.yml").is_file():
            path = folder / "docgen.yml"
            return path.relative_to(here) if folder == here else path
    raise click.UsageError(
        "There is no docgen.yml here or above. Write one with `docgen init`, or name one with --config."
    )


def by_ending(output: str | None, formats: Sequence[str]) -> str:
    """The one of `formats` that the ending of the file `output` names; the first where it has none."""
    ending = Path(output).suffix.lower() if output and output != "-" else ""
    named = {".txt": "text", ".htm": "html", ".prom": "openmetrics"}.get(ending, ending[1:]) or formats[0]
    if named in formats:
        return named
    raise click.UsageError(
        f"{output}: no format is known by the ending {ending!r}; name one with --format ({', '.join(formats)})."
    )


def write(content: str | bytes, output: str | None) -> None:
    """`content` to standard output, or whole to the file `output`."""
    content = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    if output is None or output == "-":
        try:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        except BrokenPipeError as error:
            # The reader went away (`docgen status | head -1`): end as any Unix tool does.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(exits.PIPE) from error
        return
    from checks.snapshot import write as write_file

    path = Path(output)
    if path.is_dir():
        raise click.UsageError(f"{output} is a directory; name a file.")
    try:
        write_file(path, content)
    except OSError as error:
        click.echo(f"docgen: {output} could not be written: {error.strerror}", err=True)
        raise click.exceptions.Exit(exits.INTERNAL) from error


def step_summary(report: Report, lang: str | None) -> None:
    """Adds `report` as Markdown to the summary of the step, where GitHub Actions runs this."""
    from docgen.renderers import render

    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(render(report, "md", lang))
        except OSError as error:
            click.echo(f"docgen: {path} could not be written: {error.strerror}", err=True)
            raise click.exceptions.Exit(exits.INTERNAL) from error


def colour(stream: Any) -> bool:
    """Whether to colour what goes to `stream`: only a terminal, and only if nobody objects."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width() -> int | None:
    """The width of the terminal, None where there is none."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
