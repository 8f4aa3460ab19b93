"""``lodestone train``: fits the reader's learned model to the corpus, and to labelled headlines kept elsewhere."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from bot.commandline.progress import progress_bar

if TYPE_CHECKING:
    from pipelines.language.training.base import Base
    from pipelines.language.training.card import Trained
    from pipelines.language.training.fit import Plan
    from pipelines.language.training.train import Texts


@click.command()
@click.option(
    "--extra",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="folder with train.jsonl and unlabelled.jsonl, whose rows are joined with the corpus's labels by id",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="folder to write into")
@click.option("--epochs", type=click.IntRange(1, 50), default=5, show_default=True, help="rounds over the headlines")
@click.option("--seed", type=int, default=1, show_default=True, help="decides the order and the first weights")
def train(extra: Path | None, out: Path, epochs: int, seed: int) -> None:
    """Train the model that reads headlines and write it, with its card, into the folder --out.

    Without --extra it learns from the repository's corpus alone, and on one machine gives the same bits each time. With
    it, that model is trained too, for the card. Needs what `make train` installs, takes minutes, asks no network.
    """
    try:
        import jax  # noqa: F401, PLC0415  only here is it needed
        import onnx  # noqa: F401, PLC0415
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"{error.name} is not installed; `make train` installs what training needs"
        ) from None
    from pipelines.language.training.base import NoBaseError, load_base  # noqa: PLC0415
    from pipelines.language.training.card import card  # noqa: PLC0415
    from pipelines.language.training.fit import Plan  # noqa: PLC0415
    from pipelines.language.training.rows import CorpusError, extra_corpus, own_corpus, without_copies  # noqa: PLC0415
    from pipelines.language.training.train import read_texts  # noqa: PLC0415

    try:
        base, plan = load_base(), Plan(epochs=epochs, seed=seed)
        own = read_texts(own_corpus())
        both = read_texts(without_copies([*extra_corpus(extra), *own.rows])) if extra is not None else None
    except (NoBaseError, CorpusError) as error:
        raise click.ClickException(str(error)) from None
    except FileNotFoundError as error:
        raise click.ClickException(
            f"{error.filename} is missing; --extra wants the folder with labelled headlines"
        ) from None
    models = []
    if both is None:
        models.append(_train("corpus", own, own, base, plan, out))
    else:
        with TemporaryDirectory() as folder:
            models.append(_train("corpus", own, both, base, plan, Path(folder)))
        models.append(_train("corpus and extra", both, both, base, plan, out))
    (out / "card.md").write_text(card(models, plan), encoding="utf-8")
    click.echo(f"wrote {out}; its card:\n")
    click.echo((out / "card.md").read_text(encoding="utf-8"))


def _train(name: str, texts: Texts, held: Texts, base: Base, plan: Plan, out: Path) -> Trained:
    """Train on ``texts`` and measure on the parts of ``held`` that nothing learns from."""
    from pipelines.language.training.card import trained  # noqa: PLC0415
    from pipelines.language.training.train import is_learnt, is_own, is_test, sets_scales, train  # noqa: PLC0415

    learnt = texts.where(is_learnt).rows
    with progress_bar(f"training on {name}", plan.epochs * len(learnt)) as advance:
        model = train(texts, base, plan, out, advance)
    sets = [
        ("own test set", held.where(is_test)),
        ("real headlines that set the scales", held.where(lambda row: sets_scales(row) and not is_own(row))),
    ]
    return trained(name, model, out, learnt, sets)
