"""The card "Before the start": what a training with these settings will take."""

from markupsafe import Markup

from medsim import bases
from space import estimate, train_page
from space.context import App
from trainer.config import TrainConfig
from trainer.runs import list_runs


def forecast(app: App, config: TrainConfig) -> Markup:
    """Counts, steps, parameters, time and disk. Of a base that this server has not loaded, only what needs no base.

    Raises MedSimError: a data file that cannot be used, no base.
    """
    loaded = config.model_name_or_path == app.base
    counts = estimate.count(config, app.models.chat_format() if loaded else None)
    rows = [*train_page.count_rows(counts), ("Steps", f"{estimate.steps(config, counts.dialogues):,}")]
    if not loaded:
        fetched = train_page.fetch_note(bases.BASES[config.model_name_or_path])
        return train_page.before_start([*rows, ("Base", fetched)], Markup(""))
    parameters = estimate.parameters(config, bases.prepare(app.base))
    needed, free = estimate.disk_bytes(config, parameters.trained), estimate.free_bytes(app.runs)
    rows.append(train_page.parameter_row(parameters))
    if speed := estimate.measured_speed(list_runs(app.runs), app.base):
        rows.append(train_page.time_row(estimate.duration_s(config, counts, speed), speed))
    rows.append(("Disk", f"at most {train_page.size(needed)}"))
    return train_page.before_start(rows, train_page.disk_verdict(needed, free))
