// The gradient of a convolution's weight, and of its bias: windows of x times the gradients of what they gave, added
// up over the places of some rows and over the samples. A work item computes one row of the kernel for CHANNELS channels
// and FILTERS filters. The sum over a block of samples goes to a place of its own in `partial`, of SIZE numbers for each
// chunk of rows; where weights are many (WHOLE), it is complete, and raises the flag if
// it is not finite.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int i = TAKE(KERNEL_HEIGHT);
    const int wanted_channel = TAKE((DEPTH + CHANNELS - 1) / CHANNELS) * CHANNELS;
    const int wanted_plane = TAKE((PLANES + FILTERS - 1) / FILTERS) * FILTERS;
    const int group = TAKE(GROUPS), chunk = g;
    const int channel = min(wanted_channel, DEPTH - CHANNELS), plane = min(wanted_plane, PLANES - FILTERS);
    const int last = min((chunk + 1) * CHUNK_ROWS, ROWS);
    const bool leads = BIASED && i == 0 && wanted_channel == 0;

    V sums[FILTERS][CHANNELS * KERNEL_WIDTH], offsets[FILTERS];
    UNROLL for (int f = 0; f < FILTERS; f++) {
        UNROLL for (int t = 0; t < CHANNELS * KERNEL_WIDTH; t++) sums[f][t] = ZERO;
        offsets[f] = ZERO;
    }
    for (int b = 0; b < blocks; b++) {
        for (int row = chunk * CHUNK_ROWS; row < last; row++) {
            const global float* gradient = dy + b * stride + AT(DY, group * PLANES + plane, row, 0);
            const global float* window = x + b * stride
                + AT(X, group * DEPTH + channel, row * ROW_STEP - BEFORE_ROWS + i * TAP_ROW, -BEFORE_COLUMNS);
            for (int w = 0; w < COLUMNS; w++) {
                UNROLL for (int n = 0; n < LANES; n += VW) {
                    V numbers[CHANNELS * KERNEL_WIDTH];
                    UNROLL for (int t = 0; t < CHANNELS * KERNEL_WIDTH; t++) {
                        const int tap = t / KERNEL_WIDTH * X_PLANE + t % KERNEL_WIDTH * TAP_COLUMN * X_STEP;
                        numbers[t] = LOAD(window + w * COLUMN_STEP * X_STEP + tap + n);
                    }
                    UNROLL for (int f = 0; f < FILTERS; f++) {
                        const V factor = LOAD(gradient + f * DY_PLANE + w * DY_STEP + n);
                        UNROLL for (int t = 0; t < CHANNELS * KERNEL_WIDTH; t++) {
                            sums[f][t] = fma(numbers[t], factor, sums[f][t]);
                        }
                    }
                }
            }
            if (leads) {
                for (int w = 0; w < COLUMNS; w++) {
                    UNROLL for (int n = 0; n < LANES; n += VW) {
                        UNROLL for (int f = 0; f < FILTERS; f++) {
                            offsets[f] += LOAD(gradient + f * DY_PLANE + w * DY_STEP + n);
                        }
                    }
                }
            }
        }
    }
    V worst = ZERO;
    global float* target = partial + chunk * SIZE + ((group * PLANES + plane) * DEPTH + channel) * KERNEL_AREA;
    UNROLL for (int f = 0; f < FILTERS; f++) {
        if (plane + f < wanted_plane) continue;
        UNROLL for (int t = 0; t < CHANNELS * KERNEL_WIDTH; t++) {
            if (channel + t / KERNEL_WIDTH < wanted_channel) continue;
            const int place = t / KERNEL_WIDTH * KERNEL_AREA + i * KERNEL_WIDTH + t % KERNEL_WIDTH;
            target[f * DEPTH * KERNEL_AREA + place] = across(sums[f][t]);
            worst += beyond(sums[f][t]);
        }
#if BIASED
        if (leads) bias_partial[chunk * BIAS_SIZE + group * PLANES + plane + f] = across(offsets[f]);
        worst += beyond(offsets[f]);
#endif
    }
#if WHOLE
    if (across(worst) != 0.0f) atomic_or(flag, GRADIENT_BAD);
#endif
}
