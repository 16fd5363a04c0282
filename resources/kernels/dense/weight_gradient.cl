// The gradient of a fully connected layer's weight, summed over all blocks of samples. A work item handles VW inputs,
// transposed so that they lie in one vector for each sample, and PART outputs, UNITS at a time. It raises the flag
// where the result is not finite.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int nominal = NEXT_INDEX((INPUTS + VW - 1) / VW) * VW, first = max(min(nominal, INPUTS - VW), 0);
    const int begin = min(item * PART, OUTPUTS - PART);
    V sums[PART];
    for (int o = 0; o < PART; o++) sums[o] = ZERO;
    for (int b = 0; b < blocks; b++) {
        UNROLL for (int n = 0; n < LANES; n += VW) {
            V inputs[VW];
            UNROLL for (int k = 0; k < VW; k++) {
                inputs[k] = first + k < INPUTS ? LOAD(x + b * block_stride + AT(X, first + k, 0, 0) + n) : ZERO;
            }
            transpose(inputs);
            for (int o = 0; o < PART; o += UNITS) {
                const global float* gradient = grad_output + b * block_stride + AT(GRAD_OUTPUT, begin + o, 0, 0) + n;
                UNROLL for (int u = 0; u < UNITS; u++) {
                    V sum = sums[o + u];
                    UNROLL for (int k = 0; k < VW; k++) {
                        sum = fma(inputs[k], (V)(gradient[u * GRAD_OUTPUT_PLANE + k]), sum);
                    }
                    sums[o + u] = sum;
                }
            }
        }
    }
    V invalid = ZERO;
    for (int o = item * PART - begin; o < PART; o++) {
        invalid += nan_unless_finite(sums[o]);
        float numbers[VW];
        STORE(sums[o], numbers);
        for (int k = nominal - first; k < VW && first + k < INPUTS; k++) {
            partial[(begin + o) * INPUTS + first + k] = numbers[k];
        }
    }
    if (sum_vector(invalid) != 0.0f) atomic_or(flag, GRADIENT_BAD);
}
