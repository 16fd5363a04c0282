// The gradient of a fully connected layer's inputs. A work item computes UNITS of them; the last one steps back.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int wanted = g * UNITS, first = min(wanted, INPUTS - UNITS);
    V sums[UNITS];
    UNROLL for (int u = 0; u < UNITS; u++) sums[u] = ZERO;
    weight += first;
    for (int o = 0; o < OUTPUTS; o++) {
        const V gradient = LOAD(dy + AT(DY, o, 0, 0));
        UNROLL for (int u = 0; u < UNITS; u++) sums[u] = fma(gradient, (V)(weight[o * INPUTS + u]), sums[u]);
    }
    V results[UNITS];
    UNROLL for (int u = 0; u < UNITS; u++) results[u] = sums[u];
    ROLL for (int u = wanted - first; u < UNITS; u++) EMIT(first + u, 0, 0, results[u]);
}
