// The gradients of a convolution's weight and bias: windows of x times the gradient of the output, summed over some
// rows and all samples. A work item computes one kernel row for CHANNELS input channels and FILTERS output channels.
// Each block of samples has its own partial sums in `partial`, SIZE numbers for each chunk of rows. For large weights
// (ALL_BLOCKS) the sum runs over all blocks and is final; the flag is then raised here if it is not finite.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int i = NEXT_INDEX(KERNEL_HEIGHT);
    const int nominal_channel = NEXT_INDEX((IN_CHANNELS + CHANNELS - 1) / CHANNELS) * CHANNELS;
    const int nominal_out_channel = NEXT_INDEX((OUT_CHANNELS + FILTERS - 1) / FILTERS) * FILTERS;
    const int group = NEXT_INDEX(GROUPS), chunk = item;
    const int channel = min(nominal_channel, IN_CHANNELS - CHANNELS);
    const int out_channel = min(nominal_out_channel, OUT_CHANNELS - FILTERS);
    const int first_filter = group * OUT_CHANNELS + out_channel;
    const int last = min((chunk + 1) * CHUNK_ROWS, ROWS);
    const bool sums_bias = HAS_BIAS && i == 0 && nominal_channel == 0;

    V sums[FILTERS][CHANNELS * KERNEL_WIDTH], bias_sums[FILTERS];
    UNROLL for (int f = 0; f < FILTERS; f++) {
        UNROLL for (int t = 0; t < CHANNELS * KERNEL_WIDTH; t++) sums[f][t] = ZERO;
        bias_sums[f] = ZERO;
    }
    for (int b = 0; b < blocks; b++) {
        for (int row = chunk * CHUNK_ROWS; row < last; row++) {
            const global float* gradient = grad_output + b * block_stride + AT(GRAD_OUTPUT, first_filter, row, 0);
            const global float* window = x + b * block_stride
                + AT(X, group * IN_CHANNELS + channel, row * ROW_STRIDE - PADDING_TOP + i * TAP_ROW, -PADDING_LEFT);
            for (int w = 0; w < COLUMNS; w++) {
                UNROLL for (int n = 0; n < LANES; n += VW) {
                    V numbers[CHANNELS * KERNEL_WIDTH];
                    UNROLL for (int t = 0; t < CHANNELS * KERNEL_WIDTH; t++) {
                        const int tap = t / KERNEL_WIDTH * X_PLANE + t % KERNEL_WIDTH * TAP_COLUMN * X_STEP;
                        numbers[t] = LOAD(window + w * COLUMN_STRIDE * X_STEP + tap + n);
                    }
                    UNROLL for (int f = 0; f < FILTERS; f++) {
                        const V factor = LOAD(gradient + f * GRAD_OUTPUT_PLANE + w * GRAD_OUTPUT_STEP + n);
                        UNROLL for (int t = 0; t < CHANNELS * KERNEL_WIDTH; t++) {
                            sums[f][t] = fma(numbers[t], factor, sums[f][t]);
                        }
                    }
                }
            }
            if (sums_bias) {
                for (int w = 0; w < COLUMNS; w++) {
                    UNROLL for (int n = 0; n < LANES; n += VW) {
                        UNROLL for (int f = 0; f < FILTERS; f++) {
                            bias_sums[f] += LOAD(gradient + f * GRAD_OUTPUT_PLANE + w * GRAD_OUTPUT_STEP + n);
                        }
                    }
                }
            }
        }
    }
    V invalid = ZERO;
    global float* target = partial + chunk * SIZE + (first_filter * IN_CHANNELS + channel) * KERNEL_AREA;
    UNROLL for (int f = 0; f < FILTERS; f++) {
        if (out_channel + f < nominal_out_channel) continue;
        UNROLL for (int t = 0; t < CHANNELS * KERNEL_WIDTH; t++) {
            if (channel + t / KERNEL_WIDTH < nominal_channel) continue;
            const int offset = t / KERNEL_WIDTH * KERNEL_AREA + i * KERNEL_WIDTH + t % KERNEL_WIDTH;
            target[f * IN_CHANNELS * KERNEL_AREA + offset] = sum_vector(sums[f][t]);
            invalid += nan_unless_finite(sums[f][t]);
        }
#if HAS_BIAS
        if (sums_bias) bias_partial[chunk * BIAS_SIZE + first_filter + f] = sum_vector(bias_sums[f]);
        invalid += nan_unless_finite(bias_sums[f]);
#endif
    }
#if ALL_BLOCKS
    if (sum_vector(invalid) != 0.0f) atomic_or(flag, GRADIENT_BAD);
#endif
}
