"""fp32 or bf16: as asked for, else by the processor's abilities and the network's shape alone."""

import time

import pytest
import torch

from songrnn.config import ModelConfig, Precision
from songrnn.model import precision
from songrnn.model.precision import BF16_FROM, pick_precision

CPU = torch.device("cpu")


def processor(monkeypatch: pytest.MonkeyPatch, **abilities: bool) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: abilities)


@pytest.mark.parametrize("asked", ["fp32", "bf16"])
@pytest.mark.parametrize("able", [False, True])
def test_a_precision_asked_for_is_taken(
    asked: Precision, able: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor(monkeypatch, avx512_bf16=able)
    assert pick_precision(asked, ModelConfig(), batch_size=1, device=CPU) == asked


@pytest.mark.parametrize("cell", BF16_FROM)
def test_bf16_begins_where_the_table_says(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    processor(monkeypatch, avx512_bf16=True)
    units = BF16_FROM[cell] // 64
    chosen = [
        pick_precision("auto", ModelConfig(cell=cell, hidden_size=size), batch_size=64, device=CPU)
        for size in (units - 1, units)
    ]
    assert chosen == ["fp32", "bf16"]


@pytest.mark.parametrize("abilities", [{}, {"avx512_bf16": False, "avx512_f": True}])
def test_without_instructions_for_bf16_it_is_fp32(
    abilities: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    processor(monkeypatch, **abilities)
    assert pick_precision("auto", ModelConfig(), batch_size=64, device=CPU) == "fp32"


def test_a_cell_without_an_entry_is_trained_in_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    processor(monkeypatch, avx512_bf16=True)
    monkeypatch.setattr(precision, "BF16_FROM", {})
    assert pick_precision("auto", ModelConfig(), batch_size=64, device=CPU) == "fp32"


def test_nothing_is_timed_and_nothing_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> float:
        raise AssertionError("a choice by the clock depends on the moment's load")

    for clock in ("time", "perf_counter", "monotonic", "process_time"):
        monkeypatch.setattr(time, clock, refuse)
    before = torch.get_rng_state()
    pick_precision("auto", ModelConfig(), batch_size=64, device=CPU)
    assert torch.equal(torch.get_rng_state(), before)
