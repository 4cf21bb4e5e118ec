"""The command line: argv to options, no logic. Every command imports what it needs when it is called."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, Literal

import click

from gaterunner import __version__
from gaterunner.contract.commands import spec_group
from gaterunner.errors import EXIT_ERROR, EXIT_INTERRUPTED, GaterunnerError
from gaterunner.governance.commands import decide_command, decisions_group
from gaterunner.hook.commands import hook_group
from gaterunner.publishing.commands import publish_command
from gaterunner.reporters.commands import report_group
from gaterunner.reporters.forms import FORMS, ReportFile
from gaterunner.reversal.commands import rollback_command

Command = Callable[..., Any]
Executor = Literal["local", "docker"]
LogFormat = Literal["text", "json"]

_config_option = click.option(
    "--config",
    metavar="FILE",
    help="The workflow file (default: .gaterunner.yml). A path inside the repository is read from the base commit; "
    "a file outside of it is the operator's own law and read as it lies.",
)

_executor_option = click.option(
    "--executor",
    type=click.Choice(["local", "docker"]),
    help="Where all gates run: on this machine or in containers (default: as the workflow file says).",
)


def _judging_options(command: Command) -> Command:
    """The options that `run` and `check` share."""
    for option in reversed(
        (
            click.option("--base", metavar="REF", help="Judge what lies between this commit and the head."),
            click.option("--head", metavar="REF", help="Judge this commit instead of what is checked out."),
            _config_option,
            click.option(
                "--format",
                "form",
                type=click.Choice(["text", "json"]),
                default="text",
                show_default=True,
                help="What standard output gets: a report to read, or the JSON report alone.",
            ),
            click.option(
                "--log-format",
                type=click.Choice(["text", "json"]),
                default="text",
                show_default=True,
                help="What standard error gets: progress to watch, or every change of state as a line of JSON.",
            ),
        )
    ):
        command = option(command)
    return command


def _with_files(command: Command) -> Command:
    """An option for each form of the report; the command gets all that were given as ``files``."""

    @wraps(command)
    def collecting(**options: Any) -> int:
        given = [(form, options.pop(f"{form}_file")) for form in FORMS]
        files = tuple(ReportFile(form, path) for form, path in given if path is not None)
        return int(command(files=files, **options))

    decorated: Command = collecting
    for name, form in reversed(FORMS.items()):
        decorated = click.option(
            "--report" if name == "json" else f"--{name}",
            f"{name}_file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help=f"Also write {form.summary}.",
        )(decorated)
    return decorated


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="gaterunner %(version)s")
def cli() -> None:
    """Decides, with evidence, whether a branch may go further.

    Exit codes: 0 pass, 1 fail, 2 usage or workflow-file error, 3 could not be evaluated, 4 pending, 130 interrupted.
    """


@cli.command("run")
@_judging_options
@_with_files
@click.option(
    "--gate",
    "gates",
    metavar="NAME",
    multiple=True,
    help="Run only this gate, or one shard of it (unit=2/4); may be given several times.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="How many gates run at once (default: as many as there are CPUs).",
)
@click.option("--keep-going", is_flag=True, help="Start further gates after one has failed.")
@_executor_option
@click.option("--fresh", is_flag=True, help="Run every gate, also one that the cache has a result for.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Take results from this folder and leave it as a whole for later runs, instead of the machine's own cache.",
)
@click.option("--part", metavar="N/TOTAL", help="Run as one part of a fan-out: gates only, for `gaterunner collect`.")
@click.option(
    "--onto",
    type=click.Path(path_type=Path),
    metavar="REPORT",
    help="Take the other gates from this JSON report of the same commit; without --gate, evaluate those that wait.",
)
def run_command(
    *, form: str, files: tuple[ReportFile, ...], log_format: LogFormat, onto: Path | None, **options: Any
) -> int:
    """Run the gates and evaluate the policies of this branch."""
    from gaterunner.launch import launch, launch_onto
    from gaterunner.pipeline import Options

    asked = Options(folder=Path.cwd(), **options)
    if onto is None:
        return launch(asked, form=form, files=files, log_format=log_format)
    if asked.part is not None:
        raise click.UsageError("--part and --onto exclude each other: a part tells of nothing but its own gates.")
    return launch_onto(asked, onto, form=form, files=files, log_format=log_format)


@cli.command("check")
@_judging_options
@_with_files
def check_command(
    *,
    base: str | None,
    head: str | None,
    config: str | None,
    form: str,
    log_format: LogFormat,
    files: tuple[ReportFile, ...],
) -> int:
    """Evaluate the policies only: nothing of the branch is executed."""
    from gaterunner.launch import launch
    from gaterunner.pipeline import Options

    options = Options(folder=Path.cwd(), scope="policies", base=base, head=head, config=config)
    return launch(options, form=form, files=files, log_format=log_format)


@cli.command("plan")
@click.option("--base", metavar="REF", help="Plan for what lies between this commit and the head.")
@_config_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_executor_option
@click.option("--matrix", is_flag=True, help="Print the parts of a fan-out instead, as JSON for strategy.matrix.")
@click.option("--parts", type=click.IntRange(1, 256), metavar="N", help="How many parts at most (default: 8).")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Balance the parts by the durations that this exported cache holds.",
)
def plan_command(
    *,
    base: str | None,
    config: str | None,
    form: str,
    executor: Executor | None,
    matrix: bool,
    parts: int | None,
    cache: Path | None,
) -> int:
    """Show what would run, with what command and why."""
    from gaterunner.launch import show_matrix, show_plan
    from gaterunner.pipeline import Options

    options = Options(folder=Path.cwd(), base=base, config=config, executor=executor, cache=cache)
    if matrix:
        return show_matrix(options, parts=parts or 8)
    if parts is not None or cache is not None:
        raise click.UsageError("--parts and --cache are for --matrix.")
    return show_plan(options, form=form)


@cli.command("phases")
@click.option("--base", metavar="REF", help="Tell by the history of this commit (default: the remote's main branch).")
@_config_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def phases_command(*, base: str | None, config: str | None, form: str) -> int:
    """Show where the phases stand: done, in progress, next or blocked.

    Says of each its branch, its spec, and the commit that proves that it has landed. Judges nothing.
    """
    from gaterunner.contract.overview import show_phases

    return show_phases(Path.cwd(), base=base, config=config, form=form, environment=os.environ)


@cli.command("collect")
@_judging_options
@_with_files
@_executor_option
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep durations and tests in this exported cache, for later plans and branches.",
)
@click.argument("parts", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="PART...")
def collect_command(
    *,
    base: str | None,
    head: str | None,
    config: str | None,
    form: str,
    log_format: LogFormat,
    files: tuple[ReportFile, ...],
    executor: Executor | None,
    cache: Path | None,
    parts: tuple[Path, ...],
) -> int:
    """Merge the reports of a fan-out into one.

    PART is the report of a part, written by run --part, or a folder with such reports. Everything that the plan asks
    for has to be in them. The policies are evaluated here, and nothing of the branch is executed.
    """
    from gaterunner.launch import collect_parts
    from gaterunner.pipeline import Options

    options = Options(folder=Path.cwd(), base=base, head=head, config=config, executor=executor, cache=cache)
    return collect_parts(options, parts, form=form, files=files, log_format=log_format)


@cli.command("init")
@click.option("--yes", is_flag=True, help="Change files that exist without asking.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would be written.")
@click.option("--stdout", is_flag=True, help="Write nothing; print the workflow file alone on standard output.")
def init_command(*, yes: bool, dry_run: bool, stdout: bool) -> int:
    """Write a workflow file and a GitHub workflow for this repository.

    Looks at the work tree, shows what each gate will run, what it left out and why, and executes nothing. A file that
    exists is changed only after its difference was shown and answered with yes.
    """
    from gaterunner.init.run import init

    return init(Path.cwd(), yes=yes, dry_run=dry_run, stdout=stdout)


@cli.command("validate")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
def validate_command(file: Path | None) -> int:
    """Check workflow file, specs, flags, waivers, cutovers and panel, naming every error.

    FILE is read as it lies: waivers.yml, cutovers.yml and panel.yml as such, Markdown and what lies where specs do as a
    spec, what the workflow file names as a flag manifest, any other as a workflow file. Without it, .gaterunner.yml is
    checked, with it the specs of its phases and its flag manifests, and the other files in .gaterunner/ where they
    exist.
    """
    from gaterunner.launch import validate

    return validate(file)


@cli.command("schema")
@click.option(
    "--of",
    "kind",
    type=click.Choice(["workflow", "spec", "panel"]),
    default="workflow",
    show_default=True,
    help="Which file's schema: the workflow file's, a spec's front matter's, or the panel's.",
)
def schema_command(*, kind: str) -> int:
    """Print a JSON Schema, for editors."""
    from gaterunner.schemas import schema_of

    click.echo(schema_of(kind), nl=False)
    return 0


@cli.command("explain")
@click.argument("name", required=False)
def explain_command(name: str | None) -> int:
    """Explain a rule, policy or gate kind.

    Why it exists, an example that fails, how to fix it and how to waive it. Without a NAME, lists all of them.
    """
    from gaterunner.explaining import explain, overview

    click.echo(overview() if name is None else explain(name), nl=False)
    return 0


@cli.command("demo")
@click.option("--keep", is_flag=True, help="Keep the sample repository and print where it is.")
def demo_command(keep: bool) -> int:
    """Judge an honest and a hostile sample branch.

    Makes a small repository with a real test suite, judges both of its branches, shows both reports, and ends with 0
    when the honest one passed and the hostile one failed for the right reasons.
    """
    from gaterunner.demo import run_demo

    return run_demo(keep=keep)


@cli.command("doctor")
@click.option("--repository", metavar="OWNER/NAME", help="The repository (default: the one this checkout came from).")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def doctor_command(repository: str | None, form: str) -> int:
    """Ask GitHub whether this repository is really protected.

    Says of each point whether it is ok, how to fix it, and which tier of protection is reached. The token is taken from
    GH_TOKEN or GITHUB_TOKEN. Ends with 0 when all is ok, 1 when something is bad, 3 when something could not be read.
    """
    from gaterunner.doctor.run import run_doctor

    return run_doctor(Path.cwd(), repository=repository, form=form, environment=os.environ)


cli.add_command(decide_command)
cli.add_command(decisions_group)
cli.add_command(hook_group)
cli.add_command(report_group)
cli.add_command(publish_command)
cli.add_command(rollback_command)
cli.add_command(spec_group)


@cli.command("action", hidden=True)
def action_command() -> int:
    """What the container action starts: reads its options from the environment of GitHub's runner."""
    from gaterunner.action import run_action

    return run_action()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns the process's exit code. The one place where errors are told to the user."""
    _enter_mounted_repository()
    try:
        code = cli.main(
            args=None if arguments is None else list(arguments), prog_name="gaterunner", standalone_mode=False
        )
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except GaterunnerError as error:
        _tell(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001  the last handler: a defect of ours must not look like a verdict
        from gaterunner.crash import describe_crash

        problem = describe_crash(error)
        click.echo(f"error: {problem.message}\n  {problem.help}", err=True)
        return EXIT_ERROR
    return code if isinstance(code, int) else 0


def _enter_mounted_repository() -> None:
    """In the image, `docker run -v "$PWD:/repo"` brings the repository to /repo, and the current folder is the root."""
    if "GATERUNNER_IMAGE" in os.environ and Path.cwd() == Path("/") and Path("/repo").is_dir():
        os.chdir("/repo")


def _tell(error: GaterunnerError) -> None:
    from gaterunner.reporters.problems import render_problem

    for problem in error.problems:
        click.echo(render_problem(problem), err=True)
