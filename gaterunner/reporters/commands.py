"""The commands of ``gaterunner report``."""

from __future__ import annotations

from pathlib import Path

import click

from gaterunner.reporters.forms import FORMS


class _WithDefault(click.Group):
    """A group whose first command may be left out: ``gaterunner report FILE`` is ``gaterunner report render FILE``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


@click.group("report", cls=_WithDefault)
def report_group() -> None:
    """Render a report file in another form, or verify one.

    `gaterunner report FILE` is short for `gaterunner report render FILE`.
    """


@report_group.command("render")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", *FORMS]), default="text", show_default=True)
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to this file, not to standard output."
)
def report_render_command(file: Path, form: str, output: Path | None) -> int:
    """Render the JSON report FILE in another form.

    Ends with 0 once that is done, whatever the verdict in the report is.
    """
    from gaterunner.report_command import render_report

    return render_report(file, form=form, output=output)


@report_group.command("verify")
@click.argument("report", type=click.Path(path_type=Path))
@click.option(
    "--attestation",
    type=click.Path(path_type=Path),
    metavar="FILE",
    required=True,
    help="An in-toto statement, a Sigstore bundle, or what `gh attestation verify --format json` printed.",
)
@click.option(
    "--repository",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=".",
    help="A clone of the repository that was judged (default: where you are).",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The workflow file of a run whose --config lay outside the repository.",
)
def report_verify_command(report: Path, attestation: Path, repository: Path, config: Path | None) -> int:
    """Check a JSON report against its attestation and the repository.

    Ends with 0 when all of it holds, with 1 when something differs, with 3 when something could not be checked. Who
    signed the attestation is for `gh attestation verify` to say.
    """
    from gaterunner.report_command import verify_report

    return verify_report(report, attestation=attestation, repository=repository, config=config)
