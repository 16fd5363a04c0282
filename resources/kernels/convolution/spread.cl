// A transposed convolution, or the gradient of a convolution with respect to its input, for strides above one: each
// number gathers what the places whose windows hold it spread. A work item computes FILTERS channels of up to SPOTS
// numbers of a row that are one stride apart, and so meet the same columns of the kernel.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int phase = TAKE(COLUMN_STRIDE), turn = TAKE(TURNS) * SPOTS, row = TAKE(ROWS);
    const int wanted_plane = TAKE((PLANES + FILTERS - 1) / FILTERS) * FILTERS;
    const int group = g;
    const int plane = min(wanted_plane, PLANES - FILTERS);
    const int column = phase + turn * COLUMN_STRIDE;
    if (column >= COLUMNS) return;

    V sums[FILTERS][SPOTS];
    UNROLL for (int f = 0; f < FILTERS; f++) {
        UNROLL for (int s = 0; s < SPOTS; s++) sums[f][s] = FIRST(group * PLANES + plane + f);
    }
    weight += group * GROUP_WEIGHTS + plane * PLANE_WEIGHTS;
    for (int i = 0; i < KERNEL_HEIGHT; i++) {
        const int down = row + BEFORE_ROWS - i * ROW_DILATION;
        if (down < 0 || down % ROW_STRIDE || down / ROW_STRIDE >= X_HEIGHT) continue;
        for (int j = 0; j < KERNEL_WIDTH; j++) {
            const int over = column + BEFORE_COLUMNS - j * COLUMN_DILATION;
            if (over % COLUMN_STRIDE) continue;
            const int from = over / COLUMN_STRIDE;
            const global float* source = x + AT(X, group * DEPTH, down / ROW_STRIDE, from);
            const global float* factors = weight + i * KERNEL_WIDTH + j;
            if (from >= 0 && from + SPOTS <= X_WIDTH) {
                for (int c = 0; c < DEPTH; c++) {
                    UNROLL for (int f = 0; f < FILTERS; f++) {
                        const V factor = (V)(factors[f * PLANE_WEIGHTS]);
                        UNROLL for (int s = 0; s < SPOTS; s++) {
                            sums[f][s] = fma(LOAD(source + s * X_STEP), factor, sums[f][s]);
                        }
                    }
                    source += X_PLANE;
                    factors += DEPTH_WEIGHTS;
                }
            } else {
                for (int c = 0; c < DEPTH; c++) {
                    UNROLL for (int s = 0; s < SPOTS; s++) {
                        if (from + s < 0 || from + s >= X_WIDTH) continue;
                        const V number = LOAD(source + s * X_STEP);
                        UNROLL for (int f = 0; f < FILTERS; f++) {
                            sums[f][s] = fma(number, (V)(factors[f * PLANE_WEIGHTS]), sums[f][s]);
                        }
                    }
                    source += X_PLANE;
                    factors += DEPTH_WEIGHTS;
                }
            }
        }
    }
    V results[FILTERS][SPOTS];
    UNROLL for (int f = 0; f < FILTERS; f++) {
        UNROLL for (int s = 0; s < SPOTS; s++) results[f][s] = sums[f][s];
    }
    ROLL for (int f = wanted_plane - plane; f < FILTERS; f++) {
        ROLL for (int s = 0; s < SPOTS; s++) {
            const int w = column + s * COLUMN_STRIDE;
            if (w < COLUMNS) EMIT(group * PLANES + plane + f, row, w, results[f][s]);
        }
    }
}
