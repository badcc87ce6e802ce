"""An embedding model in a local folder."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.embedding import FolderEmbedder


def test_every_text_has_one_vector_of_length_one_whatever_stands_beside_it(model_folder: Path) -> None:
    embedder = FolderEmbedder(model_folder)
    together = embedder.embed(["total revenue by month", "songs"])
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1)
    assert np.allclose(embedder.embed(["songs"])[0], together[1], atol=1e-6)


def test_what_shares_words_is_nearer_than_what_does_not(model_folder: Path) -> None:
    one, near, far = FolderEmbedder(model_folder).embed(
        ["total revenue by month", "total price by month", "customers without an order"]
    )
    assert one @ near > one @ far


def test_the_first_token_counts_alone_where_the_folder_says_so(model_folder: Path) -> None:
    (model_folder / "1_Pooling").mkdir()
    (model_folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    one, other = FolderEmbedder(model_folder).embed(["total revenue", "total songs"])
    assert np.allclose(one, other, atol=1e-6)


def test_a_text_is_cut_at_the_length_that_the_model_was_made_for(model_folder: Path) -> None:
    (model_folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 2}))
    one, other = FolderEmbedder(model_folder).embed(["total revenue", "total revenue songs hotels"])
    assert np.allclose(one, other, atol=1e-6)


def test_another_model_in_the_same_folder_has_another_name(
    model_folder: Path, model_writer: Callable[..., Path]
) -> None:
    before = FolderEmbedder(model_folder).name
    assert FolderEmbedder(model_folder).name == before
    model_writer(model_folder, seed=1)
    assert FolderEmbedder(model_folder).name != before


def test_a_folder_without_a_model_is_one_sentence(tmp_path: Path) -> None:
    embedder = FolderEmbedder(tmp_path / "absent")
    with pytest.raises(BackendError, match=r"holds none of model\.onnx") as caught:
        embedder.embed(["x"])
    assert "\n" not in str(caught.value)
    with pytest.raises(BackendError, match=r"model\.onnx"):
        _ = embedder.name


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_damaged_file_is_one_sentence(model_folder: Path, name: str) -> None:
    (model_folder / name).write_bytes(b"\0damaged")
    with pytest.raises(BackendError, match="cannot be loaded") as caught:
        FolderEmbedder(model_folder).embed(["x"])
    assert "\n" not in str(caught.value)


def test_without_the_extra_it_says_what_to_install(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(BackendError, match=r"understudy\[onnx\]"):
        FolderEmbedder(model_folder).embed(["x"])


def test_a_model_that_says_nothing_finite_is_refused(
    model_folder: Path, model_writer: Callable[..., Path]
) -> None:
    import onnx
    from onnx import numpy_helper

    path = model_folder / "model.onnx"
    model = onnx.load(str(path))
    table = numpy_helper.to_array(model.graph.initializer[0]) * np.float32(np.nan)
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(table, "table"))
    onnx.save(model, str(path))
    with pytest.raises(BackendError, match="finite"):
        FolderEmbedder(model_folder).embed(["songs"])
