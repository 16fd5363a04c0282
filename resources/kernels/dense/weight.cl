// The gradient of a fully connected layer's weight, over all blocks of samples. A work item takes VW inputs, which it
// turns so that they lie in a vector, sample by sample, and PART outputs, UNITS of which are added to at a time. It raises
// the flag where a number is not finite.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int wanted = TAKE((INPUTS + VW - 1) / VW) * VW, first = max(min(wanted, INPUTS - VW), 0);
    const int begin = min(g * PART, OUTPUTS - PART);
    V sums[PART];
    for (int o = 0; o < PART; o++) sums[o] = ZERO;
    for (int b = 0; b < blocks; b++) {
        UNROLL for (int n = 0; n < LANES; n += VW) {
            V inputs[VW];
            UNROLL for (int k = 0; k < VW; k++) {
                inputs[k] = first + k < INPUTS ? LOAD(x + b * stride + AT(X, first + k, 0, 0) + n) : ZERO;
            }
            transpose(inputs);
            for (int o = 0; o < PART; o += UNITS) {
                const global float* gradient = dy + b * stride + AT(DY, begin + o, 0, 0) + n;
                UNROLL for (int u = 0; u < UNITS; u++) {
                    V sum = sums[o + u];
                    UNROLL for (int k = 0; k < VW; k++) sum = fma(inputs[k], (V)(gradient[u * DY_PLANE + k]), sum);
                    sums[o + u] = sum;
                }
            }
        }
    }
    V worst = ZERO;
    for (int o = g * PART - begin; o < PART; o++) {
        worst += beyond(sums[o]);
        float numbers[VW];
        STORE(sums[o], numbers);
        for (int k = wanted - first; k < VW && first + k < INPUTS; k++) {
            partial[(begin + o) * INPUTS + first + k] = numbers[k];
        }
    }
    if (across(worst) != 0.0f) atomic_or(flag, GRADIENT_BAD);
}
