"""The methods that make and work with implicit surfaces and images, for the registry."""

from __future__ import annotations

from eigenform.implicit.baselines.records import RECORDS as BASELINES
from eigenform.implicit.distance.records import RECORDS as DISTANCE
from eigenform.implicit.frequency.records import RECORDS as FREQUENCY
from eigenform.implicit.neural.records import RECORDS as NEURAL
from eigenform.implicit.operations.records import RECORDS as OPERATIONS
from eigenform.implicit.photographs.records import RECORDS as PHOTOGRAPHS
from eigenform.implicit.points.records import RECORDS as POINTS
from eigenform.method import Method

RECORDS: tuple[Method, ...] = (*POINTS, *NEURAL, *DISTANCE, *OPERATIONS, *FREQUENCY, *PHOTOGRAPHS, *BASELINES)
