"""Stages that pool and upsample maps."""

from __future__ import annotations

from cnnstudio.engine.opencl.epilogues import index_type, store_epilogue
from cnnstudio.engine.opencl.job import Constant, Epilogue, Job, Value
from cnnstudio.engine.opencl.stage import Stage, StageContext, StageTable
from cnnstudio.operations import (
    AveragePooling,
    MaxPooling,
    Pooling,
    Shape,
    Upsampling,
)


class MaxPoolingStage(Stage[MaxPooling]):
    """Max pooling that is not fused into a convolution."""

    def __init__(self, context: StageContext[MaxPooling]) -> None:
        super().__init__(context)
        needed = context.gradients.needed
        dtype = argmax_dtype(self.operation)
        self.argmax = context.memory.saved_for_backward(context.shape, dtype) if needed else None

    def forward(self) -> list[Job]:
        return [
            max_pooling_job(self.operation, self.context.inputs[0], store_epilogue(self.context.output), self.argmax)
        ]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        jobs, shape = self.gradient.finish(), self.context.input_shapes[0]
        if grad_inputs[0] is not None and self.argmax is not None:
            jobs.append(max_pooling_gradient_job(self.operation, shape, self.grad_output, self.argmax, grad_inputs[0]))
        return jobs


class AveragePoolingStage(Stage[AveragePooling]):
    """The mean over each window."""

    def forward(self) -> list[Job]:
        c = self.context
        args, count = (c.inputs[0].arg("x"),), c.shape[0] * c.shape[1]
        return [Job("pooling/average", args, self._constants(), count, store_epilogue(c.output))]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        channels, height, _ = self.context.input_shapes[0]
        jobs = self.gradient.finish()
        if grad_inputs[0] is not None:
            args, count = (self.grad_output.arg("grad_output"),), channels * height
            jobs.append(Job("pooling/average_gradient", args, self._constants(), count, grad_inputs[0]))
        return jobs

    def _constants(self) -> dict[str, Constant]:
        """The window's constants, and the numbers under it as a function of its top left corner."""
        c, pooling = self.context, self.operation
        _, height, width = c.input_shapes[0]
        top, left, bottom, right = pooling.padding if pooling.count_padding else (0, 0, 0, 0)
        rows = f"(min(top_ + {pooling.pool_size[0]}, {height + bottom}) - max(top_, {-top}))"
        columns = f"(min(left_ + {pooling.pool_size[1]}, {width + right}) - max(left_, {-left}))"
        count: dict[str, Constant] = {"WINDOW_COUNT(top_, left_)": f"({rows} * {columns})"}
        return _window_constants(pooling, c.input_shapes[0], c.shape) | count


class UpsamplingStage(Stage[Upsampling]):
    """Enlarges rows and columns, by nearest neighbor or bilinear interpolation."""

    def forward(self) -> list[Job]:
        c = self.context
        count = c.shape[0] * c.shape[1]
        return [self._job("pooling/upsample", c.inputs[0], "x", count, store_epilogue(c.output))]

    def backward(self, grad_inputs: tuple[Epilogue | None, ...]) -> list[Job]:
        jobs = self.gradient.finish()
        if grad_inputs[0] is not None:
            count = self.context.input_shapes[0][0] * self.context.input_shapes[0][1]
            job = self._job("pooling/upsample_gradient", self.grad_output, "grad_output", count, grad_inputs[0])
            jobs.append(job)
        return jobs

    def _job(self, kernel: str, source: Value, name: str, count: int, epilogue: Epilogue) -> Job:
        includes = ("pooling/interpolation.cl",)
        return Job(kernel, (source.arg(name),), self._constants(), count, epilogue, includes=includes)

    def _constants(self) -> dict[str, Constant]:
        _, height, width = self.context.input_shapes[0]
        return {
            "ROWS": self.context.shape[1],
            "COLUMNS": self.context.shape[2],
            "HEIGHT": height,
            "WIDTH": width,
            "X_HEIGHT": height,
            "X_WIDTH": width,
            "ROW_SCALE": self.operation.scale[0],
            "COLUMN_SCALE": self.operation.scale[1],
            "INTERPOLATION_WEIGHT": f"{self.operation.mode}_weight",
        }


def argmax_dtype(pooling: MaxPooling) -> str:
    """The smallest NumPy type that can hold every position of a window."""
    positions = pooling.pool_size[0] * pooling.pool_size[1]
    return "uint8" if positions <= 1 << 8 else "uint16"


def max_pooling_job(pooling: MaxPooling, x: Value, epilogue: Epilogue, argmax: Value | None) -> Job:
    """The maximum of each window; its position goes to `argmax`, where that is given."""
    shape = pooling.output_shape(x.layout.shape)
    constants = _window_constants(pooling, x.layout.shape, shape)
    args = [x.arg("x")]
    constants["STORE_ARGMAX(c_, h_, w_, v_)"] = "(void)0"
    if argmax is not None:
        element_type = index_type(argmax)
        args.append(argmax.arg("argmax_map", writes=True, element_type=element_type))
        store = f"STORE_AS({element_type}, v_, argmax_map + AT(ARGMAX_MAP, c_, h_, w_))"
        constants["STORE_ARGMAX(c_, h_, w_, v_)"] = store
    return Job("pooling/max", tuple(args), constants, shape[0] * shape[1], epilogue)


def max_pooling_gradient_job(
    pooling: MaxPooling, input_shape: Shape, grad_output: Value, argmax: Value, epilogue: Epilogue
) -> Job:
    """The gradient of the input."""
    constants = _window_constants(pooling, input_shape, grad_output.layout.shape)
    args = (grad_output.arg("grad_output"), argmax.arg("argmax_map", element_type=index_type(argmax)))
    return Job("pooling/max_gradient", args, constants, input_shape[0] * input_shape[1], epilogue)


def _window_constants(pooling: Pooling, input_shape: Shape, output_shape: Shape) -> dict[str, Constant]:
    return {
        "ROWS": output_shape[1],
        "COLUMNS": output_shape[2],
        "HEIGHT": input_shape[1],
        "WIDTH": input_shape[2],
        "X_HEIGHT": input_shape[1],
        "X_WIDTH": input_shape[2],
        "POOL_HEIGHT": pooling.pool_size[0],
        "POOL_WIDTH": pooling.pool_size[1],
        "ROW_STRIDE": pooling.stride[0],
        "COLUMN_STRIDE": pooling.stride[1],
        "PADDING_TOP": pooling.padding[0],
        "PADDING_LEFT": pooling.padding[1],
    }


STAGES: StageTable = {MaxPooling: MaxPoolingStage, AveragePooling: AveragePoolingStage, Upsampling: UpsamplingStage}
