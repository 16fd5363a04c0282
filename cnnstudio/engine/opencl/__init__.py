"""The OpenCL engine: runs programs on graphics cards and on processors with an OpenCL driver.

OpenCL in four sentences: a *kernel* is a C function that the driver compiles for its device while the program runs. The
host *launches* it with a number of *work items*; each runs the same function and asks for its own index. Work items
cannot wait for one another within a launch, so whatever needs the results of all comes in a later launch. Memory is
allocated on the device, and the host copies into it and out of it.

How a program becomes launches, in reading order:

1. `lowering` gives every value memory (`layout`, `job`) and asks each instruction's stage (`stage`, `stages`) for jobs.
2. A stage (`convolution`, `dense`, `pooling`, ...) returns `Job`s for its forward and backward pass: a kernel body from
   `resources/kernels`, its arguments and constants, and an *epilogue* (`epilogues`) that says where results are written
   and what is fused into that. `dataflow` and `output_gradient` decide where gradients go.
3. `weight_update` adds the jobs that sum up the gradient, clip it, and apply the optimizer.
4. `schedule` groups jobs that do not depend on one another into few launches, for every launch costs time.
5. `kernel_source` writes one OpenCL program for all launches.
6. `plan` allocates the memory, compiles the program, and runs it batch after batch.
7. `execution` is the engine around plans: it loads a network, trains it, and predicts.

`device`, `devices` and `device_traits` describe the hardware.
"""
