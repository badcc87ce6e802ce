"""How vLLM is best started for a student: which model a GPU holds, and which flags completion gains from. Starts nothing."""

import csv
import json
from collections.abc import Sequence

from attrs import frozen

_RESERVE = 1.0
"""GiB left to whatever else uses the GPU, such as the desktop."""
_MOST, _STEP = 0.90, 0.05


@frozen
class Gpu:
    """A GPU as nvidia-smi shows it; memory in GiB."""

    index: int
    name: str
    total: float
    free: float
    capability: tuple[int, int]


@frozen
class Size:
    """A model for completion, and what it takes: weights and room for the prompts of a few people, in GiB."""

    model: str
    weights: float
    needs: float


SIZES = (
    Size("Qwen/Qwen2.5-Coder-14B", 27.5, 40.0),
    Size("Qwen/Qwen2.5-Coder-7B", 14.2, 20.0),
    Size("Qwen/Qwen2.5-Coder-1.5B", 2.9, 5.5),
    Size("Qwen/Qwen2.5-Coder-0.5B", 0.9, 3.0),
)
"""Trained to fill in the middle, and free to use; the largest that fits is taken. A still larger one answers too late for ghost text."""


@frozen
class Launch:
    """A command, what its environment has besides, and why it is as it is."""

    model: str
    command: tuple[str, ...]
    environment: dict[str, str]
    gpu: Gpu | None = None
    obstacle: str = ""
    """Why it cannot be started here, and what to do; empty when it can."""


def gpus_in(listing: str) -> tuple[Gpu, ...]:
    """What `nvidia-smi --query-gpu=index,name,memory.total,memory.free,compute_cap --format=csv,noheader,nounits` lists.

    A line that is not understood (a GPU that is lost, a field that a driver does not know) is left out.
    """
    found = []
    for line in csv.reader(listing.splitlines(), skipinitialspace=True):
        try:
            index, name, total, free, capability = line
            major, _, minor = capability.partition(".")
            found.append(
                Gpu(
                    int(index),
                    name.strip(),
                    float(total) / 1024,
                    float(free) / 1024,
                    (int(major), int(minor)),
                )
            )
        except ValueError:  # noqa: PERF203 - a handful of lines
            continue
    return tuple(found)


def launch_for(
    gpus: Sequence[Gpu],
    *,
    executable: str = "vllm",
    model: str = "",
    port: int = 8000,
    extra: Sequence[str] = (),
) -> Launch:
    """The command for the GPU with the most free memory; without any that will do, the smallest one's and why it will not."""
    usable = [gpu for gpu in gpus if gpu.capability >= (7, 0)]
    gpu = max(usable, key=lambda each: each.free, default=None)
    free = gpu.free - _RESERVE if gpu else 0.0
    size = next((size for size in SIZES if size.needs <= free), None)
    obstacle = ""
    if gpu is None:
        obstacle = (
            f"{gpus[0].name} is older than vLLM supports (compute capability 7.0); run the command on another machine"
            if gpus
            else "no NVIDIA GPU is found here (nvidia-smi lists none); run the command on a machine that has one"
        )
    elif size is None and not model:
        obstacle = (
            f"{gpu.name} has {gpu.free:.1f} GiB free, and the smallest student needs {SIZES[-1].needs + _RESERVE:.0f}; "
            "close what uses the GPU, or name a smaller model with --model"
        )
    chosen = model or (size or SIZES[-2 if gpu is None else -1]).model
    command = (executable, "serve", chosen, *_flags(gpu, port), *extra)
    # vLLM reports its use to its makers unless it is told not to; nothing of ours leaves the machine.
    environment = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    if gpu is not None and len(gpus) > 1:
        environment |= {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": str(gpu.index)}
    return Launch(chosen, command, environment, gpu, obstacle)


def configuration_for(launch: Launch, port: int, key_variable: str = "") -> str:
    """The lines of understudy.toml that name this server."""
    lines = [
        "[student]",
        f'base_url = "http://127.0.0.1:{port}/v1"',
        f"model = {json.dumps(launch.model)}",
    ]
    return "\n".join([*lines, f'api_key_env = "{key_variable}"'] if key_variable else lines)


def _flags(gpu: Gpu | None, port: int) -> list[str]:
    flags = [
        "--host=127.0.0.1",
        f"--port={port}",
        # Prompt and answer together; Understudy's prompts take 6,000 tokens at most.
        "--max-model-len=8192",
        # Two keystrokes' prompts differ at their ends: the smaller a block, the more of the rest is found again.
        "--enable-prefix-caching",
        "--block-size=16",
        "--enable-prompt-tokens-details",
        # Ghost text goes before code actions, and both before an exploration.
        "--scheduling-policy=priority",
        # Completions repeat names that stand in the prompt, so its own text is a good guess at what comes next.
        "--speculative-config="
        + _compact(method="ngram", num_speculative_tokens=4, prompt_lookup_max=4, prompt_lookup_min=2),
        "--structured-outputs-config=" + _compact(backend="guidance", disable_any_whitespace=True),
        "--disable-uvicorn-access-log",
    ]
    if gpu is not None:
        flags.append(f"--gpu-memory-utilization={_share(gpu):.2f}")
        if gpu.capability < (8, 0):
            flags.append("--dtype=half")
    return flags


def _share(gpu: Gpu) -> float:
    """The part of the GPU that is free but for the reserve, in steps rounded down: vLLM does not start when it asks for more."""
    part = (gpu.free - _RESERVE) / gpu.total
    return max(_STEP, min(_MOST, int(part / _STEP + 1e-9) * _STEP))


def _compact(**values: object) -> str:
    return json.dumps(values, separators=(",", ":"))
