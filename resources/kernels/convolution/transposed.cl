// A transposed convolution, or the gradient of a convolution's input, for strides above one: each output pixel gathers
// the contributions of all windows that cover it. A work item computes FILTERS channels of up to POSITIONS pixels of a
// row that are one stride apart, and therefore meet the same columns of the kernel.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int phase = NEXT_INDEX(COLUMN_STRIDE), first_step = NEXT_INDEX(POSITION_GROUPS) * POSITIONS;
    const int row = NEXT_INDEX(ROWS);
    const int nominal_out_channel = NEXT_INDEX((OUT_CHANNELS + FILTERS - 1) / FILTERS) * FILTERS;
    const int group = item;
    const int out_channel = min(nominal_out_channel, OUT_CHANNELS - FILTERS);
    const int column = phase + first_step * COLUMN_STRIDE;
    if (column >= COLUMNS) return;

    V sums[FILTERS][POSITIONS];
    UNROLL for (int f = 0; f < FILTERS; f++) {
        UNROLL for (int s = 0; s < POSITIONS; s++) sums[f][s] = INITIAL(group * OUT_CHANNELS + out_channel + f);
    }
    weight += group * WEIGHT_GROUP_STRIDE + out_channel * WEIGHT_OUT_STRIDE;
    for (int i = 0; i < KERNEL_HEIGHT; i++) {
        const int down = row + PADDING_TOP - i * ROW_DILATION;
        if (down < 0 || down % ROW_STRIDE || down / ROW_STRIDE >= X_HEIGHT) continue;
        for (int j = 0; j < KERNEL_WIDTH; j++) {
            const int over = column + PADDING_LEFT - j * COLUMN_DILATION;
            if (over % COLUMN_STRIDE) continue;
            const int from = over / COLUMN_STRIDE;
            const global float* source = x + AT(X, group * IN_CHANNELS, down / ROW_STRIDE, from);
            const global float* factors = weight + i * KERNEL_WIDTH + j;
            if (from >= 0 && from + POSITIONS <= X_WIDTH) {
                for (int c = 0; c < IN_CHANNELS; c++) {
                    UNROLL for (int f = 0; f < FILTERS; f++) {
                        const V factor = (V)(factors[f * WEIGHT_OUT_STRIDE]);
                        UNROLL for (int s = 0; s < POSITIONS; s++) {
                            sums[f][s] = fma(LOAD(source + s * X_STEP), factor, sums[f][s]);
                        }
                    }
                    source += X_PLANE;
                    factors += WEIGHT_IN_STRIDE;
                }
            } else {
                for (int c = 0; c < IN_CHANNELS; c++) {
                    UNROLL for (int s = 0; s < POSITIONS; s++) {
                        if (from + s < 0 || from + s >= X_WIDTH) continue;
                        const V number = LOAD(source + s * X_STEP);
                        UNROLL for (int f = 0; f < FILTERS; f++) {
                            sums[f][s] = fma(number, (V)(factors[f * WEIGHT_OUT_STRIDE]), sums[f][s]);
                        }
                    }
                    source += X_PLANE;
                    factors += WEIGHT_IN_STRIDE;
                }
            }
        }
    }
    V results[FILTERS][POSITIONS];
    UNROLL for (int f = 0; f < FILTERS; f++) {
        UNROLL for (int s = 0; s < POSITIONS; s++) results[f][s] = sums[f][s];
    }
    ROLL for (int f = nominal_out_channel - out_channel; f < FILTERS; f++) {
        ROLL for (int s = 0; s < POSITIONS; s++) {
            const int w = column + s * COLUMN_STRIDE;
            if (w < COLUMNS) EMIT(group * OUT_CHANNELS + out_channel + f, row, w, results[f][s]);
        }
    }
}
