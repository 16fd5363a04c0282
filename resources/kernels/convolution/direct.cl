// Direct convolution: FILTERS output channels at POSITIONS positions of a row at once, with the sums in registers. With
// a stride of one, the same body computes the gradient of a convolution's input. The last work item of a row steps back
// to stay inside it and skips what its neighbor computes; so do the last output channels.
//
// With POOLED, a position is one of the cells of a pooling window, of which only the largest is stored.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int nominal_column = NEXT_INDEX((COLUMNS + ROW_POSITIONS - 1) / ROW_POSITIONS) * ROW_POSITIONS;
    const int row = NEXT_INDEX(ROWS);
    const int nominal_out_channel = NEXT_INDEX((OUT_CHANNELS + FILTERS - 1) / FILTERS) * FILTERS;
    const int group = item;
    const int column = min(nominal_column, COLUMNS - ROW_POSITIONS);
    const int out_channel = min(nominal_out_channel, OUT_CHANNELS - FILTERS);

    V sums[FILTERS][POSITIONS];
    UNROLL for (int f = 0; f < FILTERS; f++) {
        UNROLL for (int s = 0; s < POSITIONS; s++) sums[f][s] = INITIAL(group * OUT_CHANNELS + out_channel + f);
    }
    x += AT(X, group * IN_CHANNELS, row * ROW_STRIDE - PADDING_TOP, column * COLUMN_STRIDE - PADDING_LEFT);
    weight += group * WEIGHT_GROUP_STRIDE + out_channel * WEIGHT_OUT_STRIDE;
    for (int c = 0; c < IN_CHANNELS; c++) {
        ROLL for (int i = 0; i < KERNEL_HEIGHT; i++) {
            UNROLL for (int j = 0; j < KERNEL_WIDTH; j++) {
                const int tap = i * TAP_ROW * X_ROW + j * TAP_COLUMN * X_STEP;
                UNROLL for (int f = 0; f < FILTERS; f++) {
                    const V factor = (V)(weight[f * WEIGHT_OUT_STRIDE + i * KERNEL_WIDTH + j]);
                    UNROLL for (int s = 0; s < POSITIONS; s++) {
                        sums[f][s] = fma(LOAD(x + tap + POSITION(s)), factor, sums[f][s]);
                    }
                }
            }
        }
        x += X_PLANE;
        weight += WEIGHT_IN_STRIDE;
    }
#ifdef POOLED
    V results[FILTERS];
    VI argmaxes[FILTERS];
    UNROLL for (int f = 0; f < FILTERS; f++) {
        V best = sums[f][0];
        VI argmax = 0;
        UNROLL for (int s = 1; s < POSITIONS; s++) {
            const VI better = (sums[f][s] > best) | isnan(sums[f][s]);
            best = better ? sums[f][s] : best;
            argmax = better ? (VI)(s) : argmax;
        }
        results[f] = best;
        argmaxes[f] = argmax;
    }
    ROLL for (int f = nominal_out_channel - out_channel; f < FILTERS; f++) {
        EMIT(group * OUT_CHANNELS + out_channel + f, row, column, results[f]);
        STORE_ARGMAX(group * OUT_CHANNELS + out_channel + f, row, column, argmaxes[f]);
    }
#else
    V results[FILTERS][POSITIONS];
    UNROLL for (int f = 0; f < FILTERS; f++) {
        UNROLL for (int s = 0; s < POSITIONS; s++) results[f][s] = sums[f][s];
    }
    ROLL for (int f = nominal_out_channel - out_channel; f < FILTERS; f++) {
        ROLL for (int s = nominal_column - column; s < POSITIONS; s++) {
            EMIT(group * OUT_CHANNELS + out_channel + f, row, column + s, results[f][s]);
        }
    }
#endif
}
