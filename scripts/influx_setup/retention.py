"""What to do about a bucket that keeps its points for another time than wanted."""

from collections.abc import Callable
from datetime import timedelta

from .layout import Bucket, longer, shorter, shown
from .step import Step


def retention_step(bucket: Bucket, kept: timedelta | None, mend: Callable[[], None], shorten: bool) -> Step:  # noqa: FBT001
    """Return the step of a bucket that is there: lengthened at once, shortened only if that is asked for."""
    if shorter(kept, bucket.kept):
        return Step(what=str(bucket), lacking=f"kept {shown(kept)} only", mend=mend)
    if not longer(kept, bucket.kept):
        return Step(what=str(bucket))
    if shorten:
        return Step(what=str(bucket), lacking=f"kept {shown(kept)}", mend=mend)
    return Step(what=str(bucket), note=f"kept {shown(kept)}, longer than needed; --shorten lets older points go")
