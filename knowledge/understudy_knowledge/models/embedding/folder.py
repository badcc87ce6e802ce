"""An embedder in a local folder: a sentence-transformers model exported to ONNX. Runs in this process, on the CPU, without torch.

Reads `tokenizer.json` and `model.onnx` (also under `onnx/`); `1_Pooling/config.json` and `sentence_bert_config.json` where they
are: pooling is the mean over tokens or the first token (Reimers and Gurevych, "Sentence-BERT", EMNLP 2019).
"""

import json
from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.embedding.rows import unit_rows

_MODELS = ("model.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx")
_MOST_TOKENS = 512


@frozen
class _Parts:
    """What was loaded of a folder. `inputs` are the model's, by name."""

    tokenizer: Any
    session: Any
    inputs: frozenset[str]
    first_token: bool
    """Whether a text's vector is its first token's, not the mean of all."""


@define(slots=False)
class FolderEmbedder:
    """Fills the role `Embedder` (see `retrieval.neural.embedder`). Any thread may use it; it is loaded with the first text."""

    folder: Path
    _loading: Lock = field(factory=Lock, init=False)

    @property
    def name(self) -> str:
        """The folder's name and a hash of the model in it: another model in the same folder is another embedder."""
        return self._name

    @cached_property
    def _name(self) -> str:
        digest = blake2b(digest_size=8)
        try:
            for path in (self._model(), self.folder / "tokenizer.json"):
                digest.update(path.read_bytes())
        except OSError as error:
            raise self._unusable(f"its files cannot be read ({error.strerror or error})") from None
        return f"{self.folder.name} {digest.hexdigest()}"

    def embed(self, texts: Sequence[str], seconds: float | None = None) -> NDArray[np.float32]:
        """One unit vector for each text. Raises BackendError. What runs in this process is not cut off after `seconds`."""
        with self._loading:
            parts = self._parts
        encoded = parts.tokenizer.encode_batch(list(texts))
        fed = {
            "input_ids": np.array([each.ids for each in encoded], dtype=np.int64),
            "attention_mask": np.array([each.attention_mask for each in encoded], dtype=np.int64),
            "token_type_ids": np.array([each.type_ids for each in encoded], dtype=np.int64),
        }
        try:
            given = parts.session.run(
                None, {name: array for name, array in fed.items() if name in parts.inputs}
            )
        except Exception as error:
            raise self._unusable(f"the model does not run ({_first_line(error)})") from error
        vectors = unit_rows(_pooled(given, fed["attention_mask"], first_token=parts.first_token), len(texts))
        if vectors is None:
            raise self._unusable("the model does not give one finite vector for each text")
        return vectors

    def close(self) -> None:
        """Give the model's memory back."""
        self.__dict__.pop("_parts", None)

    @cached_property
    def _parts(self) -> _Parts:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise BackendError(
                f"A local embedding model needs {error.name}; install it with: pip install 'understudy[onnx]'"
            ) from None
        options = onnxruntime.SessionOptions()
        # One text at a time, beside somebody who types.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        model = self._model()
        try:
            tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
            session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise self._unusable(f"it cannot be loaded ({_first_line(error)})") from error
        longest = self._told("sentence_bert_config.json").get("max_seq_length")
        if not (isinstance(longest, int) and 0 < longest <= _MOST_TOKENS):
            longest = _MOST_TOKENS
        tokenizer.enable_truncation(longest)
        tokenizer.enable_padding()
        first = self._told("1_Pooling/config.json").get("pooling_mode_cls_token") is True
        return _Parts(tokenizer, session, frozenset(each.name for each in session.get_inputs()), first)

    def _model(self) -> Path:
        for name in _MODELS:
            if (self.folder / name).is_file():
                return self.folder / name
        raise self._unusable(f"it holds none of {', '.join(_MODELS)}")

    def _told(self, name: str) -> dict[str, Any]:
        """A settings file of the folder; empty where it is absent or is none."""
        try:
            told = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def _unusable(self, why: str) -> BackendError:
        return BackendError(
            f"The embedding model in {self.folder} cannot be used: {why}; "
            "retrieval.folder must hold a sentence-transformers model exported to ONNX with its tokenizer.json"
        )


def _pooled(
    given: Sequence[NDArray[np.float32]], mask: NDArray[np.int64], *, first_token: bool
) -> NDArray[np.float32]:
    """One vector a text: what the model pooled itself, else of its tokens."""
    for output in given:
        if output.ndim == 2:
            return output
    tokens = given[0]
    if first_token:
        return tokens[:, 0]
    counted = mask[:, :, None].astype(np.float32)
    mean: NDArray[np.float32] = (tokens * counted).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
    return mean


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
