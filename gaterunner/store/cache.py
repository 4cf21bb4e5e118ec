"""One run's use of the cache: which gates need not run, and which results may be kept from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock

from gaterunner.config.types import Workflow
from gaterunner.errors import EvaluationError
from gaterunner.git import Repository, snapshot
from gaterunner.model import Change, Finding, GateResult, Outcome, Report
from gaterunner.plan import PlannedGate, whole_name
from gaterunner.store.inputs import Inputs, JudgedTree
from gaterunner.store.keys import cache_key, images_of
from gaterunner.store.place import this_place
from gaterunner.store.records import Duration, KeptResult
from gaterunner.store.results import is_sound, not_cached, proves, restored
from gaterunner.store.store import Store
from gaterunner.store.watch import Contents, Watch


class GateCache:
    """Asked for every gate of one run, from several threads.

    ``lookup`` before a gate, ``watch`` right before it starts, ``remember`` right after it, ``save`` at the end.
    """

    def __init__(
        self,
        store: Store,
        repository: Repository,
        change: Change,
        workflow: Workflow,
        plan: Sequence[PlannedGate],
        *,
        environment: Mapping[str, str],
        digest_of: Callable[[str], str | None],
        fresh: bool = False,
        image_digest: str | None = None,
    ) -> None:
        """``digest_of`` gives an image's digest as ``GateResult.image_digest`` would tell it, None while unknown.

        ``fresh`` takes nothing from the cache, but still keeps what passes. ``image_digest`` is that of the image that
        gaterunner itself runs in.
        """
        self._store = store
        self._repository = repository
        self._change = change
        self._workflow = workflow
        self._plan = plan
        self._digest_of = digest_of
        self._digests: dict[str, str] = {}
        self._fresh = fresh
        self._kept: dict[int, tuple[KeptResult, ...]] = {}
        self._lock = Lock()
        self._contents = Contents(repository.root, repository.blob)
        self._place = this_place(environment, image_digest)
        self._tree: JudgedTree | None = None
        keyed = not change.dirty and any(planned.gate.inputs and planned.skip is None for planned in plan)
        if keyed or store.in_checkout:
            entries = repository.tree(change.judged)
            # Also without results to take from it: the base's tests and its last run are read there.
            store.refuse_if_committed(entry.path for entry in entries)
            self._tree = JudgedTree(entries, change.files, law=workflow.path) if keyed else None

    # --- before a gate -----------------------------------------------------------------------------------------------

    def lookup(self, planned: PlannedGate) -> GateResult | None:
        """The result of an earlier run that stands for this gate, with its proof; None when the gate has to run."""
        inputs = None if self._fresh else self._inputs(planned)
        if inputs is None:
            return None
        keys = self._keys(planned, inputs, self._known_digests(planned))
        found = self._store.find(keys[0]) if keys is not None else None
        if keys is None or found is None or not proves(found.report, found.result, planned):
            return None
        still = inputs.changed is None
        return restored(found.report, found.result, planned, sha256=found.sha256, key=keys[0], still=still)

    def watch(self, planned: PlannedGate) -> Watch | None:
        """Looks at the inputs of a gate that is about to start; None when its result cannot be kept anyway."""
        inputs = self._inputs(planned)
        return Watch(inputs.entries, self._contents) if inputs is not None else None

    # --- after a gate ------------------------------------------------------------------------------------------------

    def remember(self, planned: PlannedGate, result: GateResult, watch: Watch | None) -> Finding | None:
        """Takes a result down for ``save`` when it may stand for later runs.

        Call it when everything of the gate has ended. Gives a notice when the result is not kept for a reason that its
        author may not know.
        """
        if not planned.gate.inputs or self._tree is None or not self._store.usable or not is_sound(result):
            return None
        try:
            inputs = self._tree.inputs(planned.gate)
        except ValueError as error:
            return not_cached(f"`inputs` holds a glob that cannot be used: {error}")
        reason = self._reason_against(planned, inputs, watch)
        if reason is not None:
            return not_cached(reason)
        keys = self._keys(planned, inputs, _digests(planned, result))
        if keys is None:
            return not_cached("the digest of an image that it rests on is not known")
        place = next(number for number, each in enumerate(self._plan) if each == planned)
        with self._lock:
            self._kept[place] = tuple(KeptResult(key=key, place=place) for key in dict.fromkeys(keys))
        return None

    def _reason_against(self, planned: PlannedGate, inputs: Inputs, watch: Watch | None) -> str | None:
        if not inputs.named:
            return f"no file of the judged tree matches `inputs`: {', '.join(planned.gate.inputs)}"
        if watch is None:
            return "its inputs were not looked at before it started"
        if reason := watch.unchanged():
            return f"its inputs are not, or may not have been, those of the judged tree: {reason}"
        try:
            new = next((path for path in snapshot.untracked(self._repository) if inputs.globs.matches(path)), None)
        except EvaluationError as error:
            return error.message
        return f"a file that git does not know matches its inputs: {new!r}" if new is not None else None

    # --- at the end --------------------------------------------------------------------------------------------------

    def save(self, report: Report, encoded: bytes) -> None:
        """Writes what was remembered, with the report (``encoded`` as it is told elsewhere too, so that its sha256 is).

        ``report.gates`` are those of the plan, in its order. Call it when nothing of any gate is alive and no other
        thread is at work. What goes wrong is a note of the store; nothing is kept of a run that could not be judged.
        """
        ran = [gate for gate in report.gates if gate.attempts and not gate.cached]
        # In a container of its own a gate reaches nothing but the checkout. One that runs as another user than root may
        # still own a folder on the way to ours, as the runner's user does in the action.
        clear = any(gate.executor != "docker" for gate in ran)
        results = tuple(result for _, results in sorted(self._kept.items()) for result in results)
        judged = not self._change.dirty and not report.problems and len(report.gates) == len(self._plan)
        telling = any(gate.cases or gate.coverage or gate.telemetry for gate in report.gates)
        if not judged or not (results or telling):
            self._store.settle(clear=clear)
            return
        durations = tuple(
            Duration(gate=whole_name(gate.name, planned.shard), shards=planned.shard[1], seconds=gate.duration_s)
            for planned, gate in zip(self._plan, report.gates, strict=True)
            if gate.outcome is Outcome.PASSED and gate.attempts == 1 and not gate.cached
        )
        self._store.save(encoded, commit=self._change.judged, results=results, durations=durations, clear=clear)

    # --- keys --------------------------------------------------------------------------------------------------------

    def _inputs(self, planned: PlannedGate) -> Inputs | None:
        """What a gate rests on; None when it is nothing, or nothing may be taken from it or kept."""
        if self._tree is None or not planned.gate.inputs or not self._store.usable:
            return None
        try:
            with self._lock:
                inputs = self._tree.inputs(planned.gate)
        except ValueError:  # told when the gate has passed
            return None
        return inputs if inputs.named else None

    def _known_digests(self, planned: PlannedGate) -> dict[str, str]:
        """The digests of the gate's images that are known by now; each is asked for until it is."""
        images = images_of(planned, self._workflow)
        for image in images:
            if image not in self._digests and (digest := self._digest_of(image)):
                self._digests[image] = digest
        return {image: self._digests[image] for image in images if image in self._digests}

    def _keys(self, planned: PlannedGate, inputs: Inputs, digests: Mapping[str, str]) -> tuple[str, str] | None:
        if not all(image in digests for image in images_of(planned, self._workflow)):
            return None
        return cache_key(planned, inputs, workflow=self._workflow, place=self._place, digests=digests)


def _digests(planned: PlannedGate, result: GateResult) -> dict[str, str]:
    """What the images were made from when the gate ran."""
    found = {service.image: service.image_digest for service in result.services}
    if planned.image is not None:
        found[planned.image] = result.image_digest
    return {image: digest for image, digest in found.items() if digest}
