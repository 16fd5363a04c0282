"""A measured process that runs PyTorch; it imports nothing from this program."""

from __future__ import annotations

import torch
from measured_process import Step, serve
from torch import nn
from torch.nn import functional
from workloads import CONV, DENSE, NETWORKS, POOL, RELU, classes


def network_of(name: str) -> nn.Sequential:
    """The workload as a module."""
    (channels, height, width), rows = NETWORKS[name]
    modules: list[nn.Module] = []
    features = 0
    for kind, *numbers in rows:
        if kind == CONV:
            filters, size, border = numbers
            modules.append(nn.Conv2d(channels, filters, size, padding=border))
            channels, height, width = filters, height + 2 * border - size + 1, width + 2 * border - size + 1
        elif kind == POOL:
            modules.append(nn.MaxPool2d(2))
            height, width = height // 2, width // 2
        elif kind == DENSE:
            modules.append(nn.Linear(features or channels * height * width, numbers[0]))
            features = numbers[0]
        else:
            modules.append(nn.ReLU() if kind == RELU else nn.Flatten())
    return nn.Sequential(*modules)


def make(request: dict[str, object]) -> Step:
    """One training step (forward, loss, backward, SGD) or one prediction; `on` is LAYOUT/THREADS or cuda."""
    torch.manual_seed(0)
    name, batch = str(request["workload"]), int(str(request["batch"]))
    layout, _, threads = str(request["on"]).partition("/")
    device = torch.device("cuda" if layout == "cuda" else "cpu")
    if threads:
        torch.set_num_threads(int(threads))
    module = network_of(name).to(device)
    x = torch.randn(batch, *NETWORKS[name][0], device=device)
    labels = torch.randint(0, classes(name), (batch,), device=device)
    if layout == "channels_last":
        module, x = module.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    return _predict(module, x) if request["do"] == "predict" else _train(module, x, labels)


def _train(module: nn.Module, x: torch.Tensor, labels: torch.Tensor) -> Step:
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-3)

    def step() -> float:
        optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(module(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()  # our engine returns the loss of every step, too

    return step


def _predict(module: nn.Module, x: torch.Tensor) -> Step:
    module.eval()

    @torch.inference_mode()
    def step() -> torch.Tensor:
        return torch.softmax(module(x), dim=1).cpu()

    return step


if __name__ == "__main__":
    serve(make)
