import pytest

from understudy_knowledge.models.vllm import ServerSettings
from understudy_knowledge.models.vllm.fim import template_for
from understudy_knowledge.models.vllm.launch import SIZES, configuration_for, gpus_in, launch_for


def listing(*gpus):
    return "".join(f"{line}\n" for line in gpus)


def flag(launch, name):
    return next(part.partition("=")[2] for part in launch.command if part.startswith(f"--{name}="))


@pytest.mark.parametrize(
    ("line", "model", "share"),
    [
        ("0, NVIDIA H100 80GB HBM3, 81559, 81008, 9.0", "Qwen/Qwen2.5-Coder-14B", 0.90),
        ("0, NVIDIA GeForce RTX 4090, 24564, 23992, 8.9", "Qwen/Qwen2.5-Coder-7B", 0.90),
        ("0, NVIDIA GeForce RTX 4090, 24564, 12000, 8.9", "Qwen/Qwen2.5-Coder-1.5B", 0.40),
        ("0, NVIDIA GeForce RTX 3060 Laptop GPU, 6144, 5800, 8.6", "Qwen/Qwen2.5-Coder-0.5B", 0.75),
    ],
)
def test_free_memory_decides_model_and_share(line, model, share):
    launch = launch_for(gpus_in(listing(line)))
    assert launch.obstacle == ""
    assert launch.model == model
    assert float(flag(launch, "gpu-memory-utilization")) == pytest.approx(share)


def test_the_gpu_with_the_most_room_is_taken_and_named():
    launch = launch_for(gpus_in(listing("0, A, 24564, 900, 8.9", "1, B, 24564, 24000, 8.9")))
    assert launch.gpu is not None
    assert launch.gpu.name == "B"
    assert launch.environment["CUDA_VISIBLE_DEVICES"] == "1"


def test_an_older_gpu_computes_in_half_precision():
    assert flag(launch_for(gpus_in("0, Tesla T4, 15360, 14900, 7.5\n")), "dtype") == "half"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no NVIDIA GPU is found here"),
        ("No devices were found\n", "no NVIDIA GPU is found here"),
        ("0, [Unknown Error], [N/A], [N/A], [N/A]\n", "no NVIDIA GPU is found here"),
        ("0, Tesla K80, 11441, 11300, 3.7\n", "Tesla K80 is older than vLLM supports"),
        ("0, GeForce MX450, 2048, 1800, 7.5\n", "has 1.8 GiB free, and the smallest student needs 4"),
    ],
)
def test_where_it_cannot_run_it_says_why_and_still_has_a_command(text, why):
    launch = launch_for(gpus_in(text))
    assert why in launch.obstacle
    assert launch.command[:2] == ("vllm", "serve")


def test_a_model_of_your_own_is_taken_whatever_the_memory():
    launch = launch_for(gpus_in("0, A, 2048, 1800, 8.6\n"), model="me/tiny")
    assert (launch.model, launch.obstacle) == ("me/tiny", "")


def test_every_recommended_model_fills_in_the_middle():
    assert all(template_for(size.model) is not None for size in SIZES)


def test_the_lines_to_paste_are_settings_that_reach_the_server():
    launch = launch_for(gpus_in(""), port=8123)
    text = configuration_for(launch, 8123, "STUDENT_KEY")
    assert 'api_key_env = "STUDENT_KEY"' in text
    base_url = text.split('base_url = "')[1].partition('"')[0]
    assert ServerSettings(base_url).base_url == "http://127.0.0.1:8123/v1"
    assert "--port=8123" in launch.command


def test_vllm_is_told_to_report_to_nobody():
    assert launch_for(gpus_in("")).environment["VLLM_NO_USAGE_STATS"] == "1"
