"""The flags that `understudy student` recommends, before the argument parser of the vLLM that is installed."""

import json
import subprocess

import pytest

from understudy_knowledge.models.vllm.launch import gpus_in, launch_for

pytestmark = pytest.mark.vllm

PARSE = """
import json, sys
from vllm.entrypoints.launchers.cli_args import make_arg_parser
from vllm.utils.argparse_utils import FlexibleArgumentParser

taken = make_arg_parser(FlexibleArgumentParser()).parse_args(sys.argv[1:])
print("TAKEN", json.dumps({name: str(getattr(taken, name)) for name in (
    "max_model_len", "block_size", "enable_prefix_caching", "scheduling_policy", "speculative_config",
    "structured_outputs_config", "gpu_memory_utilization", "enable_prompt_tokens_details", "dtype")}))
"""


def test_vllm_takes_every_flag_and_understands_it(vllm_folder):
    launch = launch_for(gpus_in("0, Tesla T4, 15360, 14900, 7.5\n"))
    done = subprocess.run(
        [vllm_folder / "bin/python", "-c", PARSE, *launch.command[3:]],
        capture_output=True, text=True, timeout=300, env={"PATH": "/usr/bin:/bin", "VLLM_NO_USAGE_STATS": "1"},
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("TAKEN ")]
    assert lines, done.stderr[-2000:]
    taken = json.loads(lines[0].removeprefix("TAKEN "))
    assert (taken["max_model_len"], taken["block_size"], taken["dtype"]) == ("8192", "16", "half")
    assert taken["enable_prefix_caching"] == taken["enable_prompt_tokens_details"] == "True"
    assert taken["scheduling_policy"] == "priority"
    assert "ngram" in taken["speculative_config"]
    assert "guidance" in taken["structured_outputs_config"]
    assert 0.05 <= float(taken["gpu_memory_utilization"]) <= 0.9
