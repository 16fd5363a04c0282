// The gradient of a fully connected layer's input. A work item computes UNITS of its numbers; the last one steps back
// and skips what its neighbor computes.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int nominal = item * UNITS, first = min(nominal, INPUTS - UNITS);
    V sums[UNITS];
    UNROLL for (int u = 0; u < UNITS; u++) sums[u] = ZERO;
    weight += first;
    for (int o = 0; o < OUTPUTS; o++) {
        const V gradient = LOAD(grad_output + AT(GRAD_OUTPUT, o, 0, 0));
        UNROLL for (int u = 0; u < UNITS; u++) sums[u] = fma(gradient, (V)(weight[o * INPUTS + u]), sums[u]);
    }
    V results[UNITS];
    UNROLL for (int u = 0; u < UNITS; u++) results[u] = sums[u];
    ROLL for (int u = nominal - first; u < UNITS; u++) EMIT(first + u, 0, 0, results[u]);
}
