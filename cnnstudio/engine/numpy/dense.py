"""Stages of fully connected layers and changes of shape."""

from __future__ import annotations

import numpy as np

from cnnstudio.engine.fusion import Fused
from cnnstudio.engine.numpy.pointwise import ActivationPass
from cnnstudio.engine.numpy.stage import Bench, Stage


class DenseStage(Stage):
    """weight @ x + bias, then the activation that the program has joined to it."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        assert isinstance(bench.operation, Fused)
        activation = bench.operation.activation
        self.act = ActivationPass(bench, activation, bench.shape) if activation else None
        self._ones = bench.constant((bench.batch,))

    def bind(self) -> None:
        super().bind()
        self.weight = self.bench.weights["weight"]
        self.dweight, self.dbias = self.bench.weight_gradient("weight"), self.bench.weight_gradient("bias")
        bias = self.bench.weights.get("bias")
        self.bias = None if bias is None else bias[:, None]
        self.weight_t, self.x_t = self.weight.T, self.x.T
        self.ones = self._ones.array
        self.ones.fill(1)
        if self.act:
            self.act.bind(self.y, self.y, self.dy)

    def forward(self) -> None:
        np.dot(self.weight, self.x, out=self.y)
        if self.bias is not None:
            np.add(self.y, self.bias, out=self.y)
        if self.act:
            self.act.forward()

    def backward(self) -> None:
        if self.act:
            self.act.backward()
        if self.dweight is not None:
            np.dot(self.dy, self.x_t, out=self.dweight)
        if self.dbias is not None:
            np.dot(self.dy, self.ones, out=self.dbias)
        if self.dx is not None:
            np.dot(self.weight_t, self.dy, out=self.dx)


class ReshapeStage(Stage):
    """The output lies in the input's memory; its gradient does too unless the input has other readers."""

    def forward(self) -> None:
        pass

    def backward(self) -> None:
        if self.dx is not None:
            np.copyto(self.dx, self.dy.reshape(self.dx.shape))
