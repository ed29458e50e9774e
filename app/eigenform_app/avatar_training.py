"""Training networks of the avatar pillar as jobs, and whose weights are in use."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eigenform.errors import InputError
from eigenform.jobs import JobContext
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from eigenform_app.panels.avatar_training_dialog import AvatarTrainingDialog, NetworkRow
from eigenform_app.runner import Job

if TYPE_CHECKING:
    from eigenform_app.window import MainWindow

ASIDE = "aside"  # the folder beside own weights for those that are not in use
SUFFIXES = (".json", ".safetensors")


class NetworkController(QObject):
    """What the dialog of the avatar networks does."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.runner = window, window.runner
        self.dialog: AvatarTrainingDialog | None = None
        self.job: Job | None = None
        self.runner.progressed.connect(self._followed)
        self.runner.finished.connect(self._followed)

    def open(self) -> None:
        """Show the dialog; it leaves the window free."""
        from eigenform.avatar.networks.settings import TrainParams

        if self.dialog is None:
            d = self.dialog = AvatarTrainingDialog(TrainParams, self.window)
            d.form.set_values({"device": self.window.preferences.device})
            d.train_wanted.connect(self.train)
            d.pause_wanted.connect(self.pause)
            d.cancel_wanted.connect(self.cancel)
            d.weights_wanted.connect(self.weights_dialog)
            d.own_wanted.connect(self.use_own)
        self.refresh()
        self.dialog.show_job(self.job)
        self.dialog.show()
        self.dialog.raise_()

    def refresh(self) -> None:
        """List the networks again."""
        from eigenform.avatar.networks.weights import NAMES

        if self.dialog is not None:
            self.dialog.show_networks([network_row(name) for name in NAMES])

    # -- training ------------------------------------------------------------------------------------------------------

    @Slot(object, bool)
    def train(self, params: Any, resumed: bool = False) -> Job:
        """Queue a training; its curves are in the Training tab."""
        from eigenform.avatar.networks.weights import own_folder

        checkpoint = own_folder() / f"{params.network}.checkpoint"
        ctx = JobContext(checkpoint, checkpoint_every=30.0, preview_every=None)

        def work(ctx: JobContext) -> Any:
            from eigenform.avatar.networks.train import train
            from eigenform.io.checkpoints import read_checkpoint

            checkpoint.parent.mkdir(parents=True, exist_ok=True)
            if resumed:
                ctx.restored = read_checkpoint(checkpoint)
            return train(params, ctx)

        def done(job: Job) -> None:
            checkpoint.unlink(missing_ok=True)
            self.window.show_banner(f"The {params.network} is trained; its weights are in use now.", "good", seconds=8)

        self.job = self.runner.submit(
            f"Train the {params.network}", work, lane="compute", ctx=ctx, done=done, info={"network": params.network}
        )
        if len(self.window.document):
            self.window.show_tab("training")
        self._followed(self.job)
        return self.job

    @Slot()
    def pause(self) -> None:
        """Pause the training, or let it go on."""
        if self.job is not None and self.job.active:
            if self.job.ctx.paused:
                self.job.ctx.resume()
            else:
                self.job.ctx.pause()
            self._followed(self.job)

    @Slot()
    def cancel(self) -> None:
        """Stop the training; its checkpoint stays, so that it can go on."""
        if self.job is not None:
            self.runner.cancel(self.job)

    @Slot(object)
    def _followed(self, job: Job) -> None:
        if self.dialog is None or job is not self.job:
            return
        self.dialog.show_job(job)
        if not job.active:
            self.refresh()

    # -- whose weights -------------------------------------------------------------------------------------------------

    @Slot(str)
    def weights_dialog(self, name: str) -> None:
        """Choose a model card of own weights."""
        path, _ = QFileDialog.getOpenFileName(self.dialog, f"Weights of the {name}", "", "Model cards (*.json)")
        if path:
            self.take_weights(name, Path(path))

    def take_weights(self, name: str, card: Path) -> None:
        """Use the weights of a model card: both files are checked and copied to where own weights are."""
        from eigenform.avatar.networks import weights

        try:
            found = weights.read_card(card)
            if found["network"] != name:
                raise InputError(f"{card.name} is the card of a {found['network']}; a {name} is wanted here.")
            weights.read_tensors(card, found)
            folder = weights.own_folder()
            folder.mkdir(parents=True, exist_ok=True)
            for suffix in reversed(SUFFIXES):  # the card last: what it names is there once it is seen
                copy = folder / f".{name}{suffix}.part"
                shutil.copyfile(card.with_suffix(suffix), copy)
                os.replace(copy, folder / f"{name}{suffix}")
        except (InputError, OSError) as error:
            self.window.show_error(str(error))
            return
        self.window.show_banner(f"The {name} uses the weights of {card}.", "good", seconds=5)
        self.refresh()

    @Slot(str, bool)
    def use_own(self, name: str, own: bool) -> None:
        """Use own weights, or set them aside so that the shipped ones are used."""
        from eigenform.avatar.networks.weights import own_folder

        here, aside = own_folder(), own_folder() / ASIDE
        source, target = (aside, here) if own else (here, aside)
        try:
            target.mkdir(parents=True, exist_ok=True)
            for suffix in SUFFIXES if not own else reversed(SUFFIXES):
                os.replace(source / f"{name}{suffix}", target / f"{name}{suffix}")
        except OSError as error:
            self.window.show_error(f"The weights of the {name} could not be moved: {error.strerror}.")
        self.refresh()


def network_row(name: str) -> NetworkRow:
    """What is known of a network on this machine."""
    from eigenform.avatar.networks import weights

    own = weights.own_folder()
    path = weights.find(name)
    used = "" if path is None else "own" if path.parent == own else "shipped"
    card: dict[str, Any] = {}
    if path is not None:
        try:
            card = weights.read_card(path)
        except InputError as error:
            card = {"note": str(error)}
    aside = (own / ASIDE / f"{name}.json").is_file()
    return NetworkRow(name, used, card, aside, (own / f"{name}.checkpoint").is_file())
