"""Case `retraining`: the score of a policy of retraining, and the number of its releases.

Every policy is followed on the recorded stream and on one stream of each synthetic kind. Only the
rule of the charter is followed on all seeds of the synthetic streams. Two processes of one thread
each walk the streams.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.product import Product
from bench.governed import Course, Loop, Policy
from bench.retraining_picture import draw
from bench.scale import Scale
from bench.streams import BATCHES, SYNTHETIC, Stream, electricity
from bench.timing import Row

REPOSITORY = Path(__file__).resolve().parents[1]
CHARTER = REPOSITORY / "tests" / "products" / "elec2"
PICTURE = REPOSITORY / "docs" / "pictures" / "retraining.svg"
RECORDED = "elec2"
_WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One stream, and the policies to follow on it.

    Attributes:
        stream: `elec2`, or a kind of synthetic stream.
        seed: Seed of a synthetic stream.
        batches: Batches that are governed, at most.
    """

    stream: str
    seed: int
    batches: int
    policies: tuple[Policy, ...]


Courses = Mapping[Policy, Course]


def run(scale: Scale) -> Iterator[Row]:
    """Compares the policies; draws the picture if complete streams are walked."""
    recorded = Path(load_product(CHARTER).charter.sources["market"].location)
    walks = [
        Walk(
            stream=kind,
            seed=seed,
            batches=scale.batches,
            policies=(Policy.VALUE,) if seed else tuple(Policy),
        )
        for seed in range(scale.seeds)
        for kind in SYNTHETIC
    ]
    if (CHARTER / recorded).exists():
        walks.insert(0, replace(walks[0], stream=RECORDED))
    else:
        scale.talk(f"without {recorded.name}: the recorded stream is left out")
    results: dict[str, list[Courses]] = {}
    # Spawned: a fork of a process with threads of numerical libraries can wait forever.
    with ProcessPoolExecutor(
        _WORKERS, mp_context=get_context("spawn"), initializer=_one_thread
    ) as pool:
        for walk, courses in zip(walks, pool.map(follow, walks), strict=True):
            results.setdefault(walk.stream, []).append(courses)
            scale.talk(f"{walk.stream} {walk.seed}: {_summary(courses[Policy.VALUE])}")
    for stream, all_courses in results.items():
        yield from _rows(stream, all_courses)
    # Short streams would replace the picture of the documents by a part of it.
    if scale.batches >= BATCHES:
        draw({stream: courses[0] for stream, courses in results.items()}, PICTURE)


def follow(walk: Walk) -> Courses:
    """Walks a stream by each of the policies."""
    stream = _stream(walk, load_product(CHARTER))
    loop = Loop(replace(stream, batches=stream.batches[: walk.batches]))
    return {
        policy: loop.walk(policy, drift=policy is Policy.VALUE and walk.stream != RECORDED)
        for policy in walk.policies
    }


def _stream(walk: Walk, product: Product) -> Stream:
    if walk.stream == RECORDED:
        location = product.charter.sources["market"].location
        return electricity(product.charter, CHARTER / location)
    return SYNTHETIC[walk.stream](product.charter, walk.seed)


def _one_thread() -> None:
    # Read when scikit-learn is imported, which the first fit does.
    os.environ["OMP_NUM_THREADS"] = "1"


def _summary(course: Course) -> str:
    return f"{course.mean:.4f} with {len(course.releases)} releases"


def _rows(stream: str, results: Sequence[Courses]) -> Iterator[Row]:
    never = results[0][Policy.NEVER].mean
    for policy, course in results[0].items():
        yield Row(
            case="retraining",
            subject=f"{stream}: {policy.value}",
            ours=course.mean,
            bare=never,
            unit="accuracy",
            more_is_better=True,
            note=f"{len(course.releases)} releases; beside never retraining",
        )
    if len(results) == 1:
        return
    values = [courses[Policy.VALUE] for courses in results]
    counts = [len(course.releases) for course in values]
    alarms, judged = (sum(len(getattr(course, name)) for course in values) for name in _DRIFT)
    yield Row(
        case="retraining",
        subject=f"{stream}: {Policy.VALUE.value}, {len(values)} seeds",
        ours=statistics.fmean(course.mean for course in values),
        bare=never,
        unit="accuracy",
        more_is_better=True,
        note=f"{min(counts)} to {max(counts)} releases; drift on {alarms} of {judged} batches",
    )


_DRIFT = ("drifted", "accuracy")
