// Fully connected layer: every output is a weighted sum of all inputs. A work item computes UNITS outputs; the last one
// steps back and skips what its neighbor computes.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int nominal = item * UNITS, unit = min(nominal, OUTPUTS - UNITS);
    V sums[UNITS];
    UNROLL for (int u = 0; u < UNITS; u++) sums[u] = INITIAL(unit + u);
    weight += unit * INPUTS;
    for (int i = 0; i < INPUTS; i++) {
        const V number = LOAD(x + AT(X, i, 0, 0));
        UNROLL for (int u = 0; u < UNITS; u++) sums[u] = fma(number, (V)(weight[u * INPUTS + i]), sums[u]);
    }
    V results[UNITS];
    UNROLL for (int u = 0; u < UNITS; u++) results[u] = sums[u];
    ROLL for (int u = nominal - unit; u < UNITS; u++) EMIT(unit + u, 0, 0, results[u]);
}
