"""The card "Before the start": what a training with these settings will take."""

from markupsafe import Markup

from medsim import bases
from space import estimate, train_page
from space.context import App
from trainer.config import TrainConfig
from trainer.runs import list_runs


def forecast(app: App, config: TrainConfig) -> Markup:
    """Counts, steps, parameters, time and disk. Of a base that is not here yet, only what needs no base.

    Raises MedSimError: a data file that cannot be used, no base.
    """
    base = config.model_name_or_path
    folder = bases.present(base)
    counts = estimate.count(config, app.models.chat_format(base) if folder else None)
    rows = [*train_page.count_rows(counts), ("Steps", f"{estimate.steps(config, counts.dialogues):,}")]
    if folder is None:
        return train_page.before_start([*rows, ("Base", train_page.fetch_note(bases.find(base)))], Markup(""))
    parameters = estimate.parameters(config, folder)
    needed, free = estimate.disk_bytes(config, parameters.trained), estimate.free_bytes(app.runs)
    rows.append(train_page.parameter_row(parameters))
    if speed := estimate.measured_speed(list_runs(app.runs), base):
        rows.append(train_page.time_row(estimate.duration_s(config, counts, speed), speed))
    rows.append(("Disk", f"at most {train_page.size(needed)}"))
    return train_page.before_start(rows, train_page.disk_verdict(needed, free))
