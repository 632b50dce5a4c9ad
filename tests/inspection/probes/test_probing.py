"""The whole way on a network built by hand: what two of its units hold together is found, with the
controls beside it, and what is stored is what was found.

One unit is on in the header until the key; another keeps whether the meter was 6/8 or 2/4; the rest
wander with the letters.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from songrnn.config import ModelConfig
from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import DamagedRunError
from songrnn.inspection.probes.building import read_off
from songrnn.inspection.probes.ceiling import measure_ceiling, outputs
from songrnn.inspection.probes.measuring import ALL, _ranked, measure_probes, state_columns
from songrnn.inspection.probes.samples import draw_samples
from songrnn.inspection.probes.stored import FILE, StoredProbes, compare, summarize, with_ceiling
from songrnn.inspection.probes.tasks import TASKS, task_number
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes

METER, H = 2, 12


def tune(seed: int) -> Tune:
    rng = np.random.default_rng(seed)
    meter = "6/8" if seed % 2 else "2/4"
    bars = "|".join("".join(rng.choice(list("DEFGAB"), 6)) for _ in range(8))
    words = f"X:1\nT:Tune\nM:{meter}\nL:1/8\nK:D\n{bars}|\n"
    return Tune(f"{seed:012x}", "1", "", "", meter, "1/8", "D", words, "hand", str(seed), "train")


TUNES = [tune(seed) for seed in range(60)]
VOCABULARY = Vocabulary.of([each.text for each in TUNES])
V = VOCABULARY.size


def built(seed: int, *, planted: bool) -> Engine:
    config = ModelConfig(cell="rnn", layers=1, hidden_size=H, embedding_size=V)
    weights = {n: np.zeros(s, np.float32) for n, s in parameter_shapes(config, V).items()}
    rng = np.random.default_rng(seed)
    weights["embedding.weight"] = np.eye(V, dtype=np.float32)
    given, recurrent = weights["recurrent.weight_ih_l0"], weights["recurrent.weight_hh_l0"]
    given[:] = rng.normal(size=(H, V))
    recurrent[:] = 0.3 * np.diag(rng.random(H))
    weights["readout.weight"][:] = 0.1 * rng.normal(size=(V, H))
    if planted:
        six, two = VOCABULARY.encode("62")
        given[METER] = 0
        given[METER, six], given[METER, two] = 6, -6
        recurrent[METER, METER] = 3
    return Engine(config, V, weights)


SAMPLES = draw_samples(VOCABULARY, TUNES[:40], TUNES[40:])
FOUND = {
    each.task.name: each
    for each in measure_probes(built(0, planted=True), built(1, planted=False), SAMPLES)
}


class Run:
    """What summarize asks of a run."""

    class summary:  # noqa: N801
        weights_sha256 = "0" * 64

    class config:  # noqa: N801
        model = ModelConfig(cell="rnn", layers=1, hidden_size=H, embedding_size=V)

        class corpus:  # noqa: N801
            name, sha256 = "hand", "1" * 64


STORED = summarize(Run, list(FOUND.values()), SAMPLES, 0)  # type: ignore[arg-type]


def test_they_are_of_a_run_with_these_weights_and_as_many_units() -> None:
    assert STORED.is_of(Run)  # type: ignore[arg-type]
    other = replace(STORED, weights="1" * 64)
    assert not other.is_of(Run)  # type: ignore[arg-type]
    fewer = {
        name: array[1:] if name == "weights_meter" else array
        for name, array in STORED.arrays.items()
    }
    assert not replace(STORED, arrays=fewer).is_of(Run)  # type: ignore[arg-type]


def of(task: str):  # type: ignore[no-untyped-def]
    return next(each for each in STORED.tasks if each.name == task)


def test_the_parts_share_no_tune_and_the_families_set_aside_are_not_fitted_on() -> None:
    texts = {part: {each.tobytes() for each in s.texts} for part, s in SAMPLES.items()}
    assert not texts["fitted"] & texts["aside"]
    assert not (texts["fitted"] | texts["aside"]) & texts["held"]


def test_the_planted_meter_is_known_by_the_state_and_by_its_unit_and_by_no_control() -> None:
    meter = of("meter")
    assert meter.of_all.main.estimate == 1
    assert meter.single.main.estimate == 1
    assert (meter.single_unit.quantity, meter.single_unit.neuron) == ("hidden", METER)
    assert meter.untrained[ALL].main.estimate < 0.6
    assert meter.recent.main.estimate < 0.6
    assert meter.known
    assert meter.selectivity > 0


def test_what_an_untrained_network_knows_as_well_is_not_said_to_be_known() -> None:
    assert not of("syntax").known
    assert not of("degree").known


def test_a_task_of_one_class_is_not_asked() -> None:
    assert "key" not in FOUND


def test_all_is_the_only_state_where_there_is_one() -> None:
    assert list(state_columns(built(0, planted=True))) == ["hidden 1", ALL]
    assert list(of("meter").states) == [ALL]


def test_guesses_on_a_text_are_those_that_were_scored() -> None:
    guess, truth = read_off(built(0, planted=True), VOCABULARY, TUNES[41].text, STORED, "meter")
    there = np.isfinite(truth)
    assert (guess[there] == truth[there]).all()
    assert not there[:10].any()


def test_a_network_that_sees_the_whole_tune_stands_beside_them() -> None:
    import torch

    torch.manual_seed(0)
    seen = torch.nn.Sequential(
        torch.nn.Conv1d(V, 16, 61, padding=30), torch.nn.ReLU(), torch.nn.Conv1d(16, outputs(), 1)
    )
    told = measure_ceiling(seen, SAMPLES, V, epochs=25)
    found = with_ceiling(STORED, told)
    known = {task.name: task.ceiling for task in found.tasks if task.ceiling is not None}
    assert set(known) == {task.name for task in STORED.tasks}
    assert known["syntax"].main.estimate > 0.4
    # The end of a tune is seen from before it, which no reader from the left can.
    assert known["end"].main.estimate > of("end").of_all.main.estimate
    # Where it tells no more than the state it is said to be no ceiling.
    assert STORED.without_ceiling == ""
    beaten = [
        task.words for task in found.tasks
        if known[task.name].main.estimate <= task.of_all.main.estimate
    ]  # fmt: skip
    assert beaten
    assert f"In {len(beaten)} of {len(known)} tasks" in found.without_ceiling
    assert f": {', '.join(beaten)}." in found.without_ceiling


def test_what_stands_anywhere_in_a_tune_is_given_to_each_of_its_characters() -> None:
    import torch

    from songrnn.inspection.probes.whole_tune import WholeTune

    torch.manual_seed(0)
    network = WholeTune(torch.nn.Conv1d(V + 8, 2, 1), V, 8)

    def read(text: str, length: int) -> np.ndarray:
        x = torch.zeros(1, V, length)
        ids = torch.from_numpy(VOCABULARY.encode(text))
        x[0, ids, torch.arange(len(ids))] = 1
        return network(x)[0, :, : len(text)].detach().numpy()

    six, two = (f"X:1\nM:{meter}\nK:D\n{'DEFG' * 40}|" for meter in ("6/8", "2/4"))
    assert not np.allclose(read(six, len(six))[:, -1], read(two, len(two))[:, -1])
    # What a shorter tune is padded with says nothing.
    np.testing.assert_allclose(read(six, len(six) + 50), read(six, len(six)), atol=1e-6)


def test_what_is_stored_is_read_again_and_compares_with_itself_as_nothing(tmp_path: Path) -> None:
    STORED.write(tmp_path)
    assert (tmp_path / FILE).stat().st_size < 5e6
    again = StoredProbes.read(tmp_path)
    assert again is not None
    assert again.tasks == STORED.tasks
    same = compare(again, STORED, "meter")
    assert same is not None
    assert (same.low, same.high) == (0, 0)
    assert compare(again, STORED, "key") is None
    assert StoredProbes.read(tmp_path / "nowhere") is None
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:500])
    with pytest.raises(DamagedRunError, match="probe --again"):
        StoredProbes.read(tmp_path)


def test_units_are_ranked_by_the_share_of_their_variance() -> None:
    rng = np.random.default_rng(3)
    n, numbers = 400, [task_number("beat"), task_number("since-bar")]
    truth = np.full((n, len(TASKS)), np.nan, np.float32)
    truth[:, numbers[0]] = rng.integers(0, 4, n)
    truth[:, numbers[1]] = rng.normal(size=n)
    truth[::7, numbers] = np.nan
    mixed = rng.random((2, 9)) * np.nan_to_num(truth[:, numbers])[:, :, None]
    states = (3 + mixed.sum(axis=1) + rng.normal(size=(n, 9))).astype(np.float32)
    found = _ranked(states, truth, numbers)
    for number in numbers:
        there = np.isfinite(truth[:, number])
        y, values = truth[there, number], states[there]
        if TASKS[number].classes:
            fits = np.stack([values[y == k].mean(axis=0) for k in range(4)])[y.astype(int)]
            shares = fits.var(axis=0) / values.var(axis=0)
        else:
            shares = np.array([np.corrcoef(each, y)[0, 1] ** 2 for each in values.T])
        assert found[number] == np.argsort(-shares).tolist()
