// Slides FILTERS filters at once over SPOTS places of a row: a convolution, or the gradient of one with respect to its
// input where the stride is one. What one work item computes lies in registers; the last item of a row steps back to
// stay within it and skips what its neighbour computes, and the last filters do likewise.
//
// A spot is a place, or (POOLED) a place of the pooling window whose largest is kept.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int wanted_column = TAKE((COLUMNS + ACROSS - 1) / ACROSS) * ACROSS;
    const int row = TAKE(ROWS);
    const int wanted_plane = TAKE((PLANES + FILTERS - 1) / FILTERS) * FILTERS;
    const int group = g;
    const int column = min(wanted_column, COLUMNS - ACROSS), plane = min(wanted_plane, PLANES - FILTERS);

    V sums[FILTERS][SPOTS];
    UNROLL for (int f = 0; f < FILTERS; f++) {
        UNROLL for (int s = 0; s < SPOTS; s++) sums[f][s] = FIRST(group * PLANES + plane + f);
    }
    x += AT(X, group * DEPTH, row * ROW_STEP - BEFORE_ROWS, column * COLUMN_STEP - BEFORE_COLUMNS);
    weight += group * GROUP_WEIGHTS + plane * PLANE_WEIGHTS;
    for (int c = 0; c < DEPTH; c++) {
        ROLL for (int i = 0; i < KERNEL_HEIGHT; i++) {
            UNROLL for (int j = 0; j < KERNEL_WIDTH; j++) {
                const int tap = i * TAP_ROW * X_ROW + j * TAP_COLUMN * X_STEP;
                UNROLL for (int f = 0; f < FILTERS; f++) {
                    const V factor = (V)(weight[f * PLANE_WEIGHTS + i * KERNEL_WIDTH + j]);
                    UNROLL for (int s = 0; s < SPOTS; s++) sums[f][s] = fma(LOAD(x + tap + SPOT(s)), factor, sums[f][s]);
                }
            }
        }
        x += X_PLANE;
        weight += DEPTH_WEIGHTS;
    }
#ifdef POOLED
    V results[FILTERS];
    VI places[FILTERS];
    UNROLL for (int f = 0; f < FILTERS; f++) {
        V best = sums[f][0];
        VI won = 0;
        UNROLL for (int s = 1; s < SPOTS; s++) {
            const VI better = (sums[f][s] > best) | isnan(sums[f][s]);
            best = better ? sums[f][s] : best;
            won = better ? (VI)(s) : won;
        }
        results[f] = best;
        places[f] = won;
    }
    ROLL for (int f = wanted_plane - plane; f < FILTERS; f++) {
        EMIT(group * PLANES + plane + f, row, column, results[f]);
        NOTE(group * PLANES + plane + f, row, column, places[f]);
    }
#else
    V results[FILTERS][SPOTS];
    UNROLL for (int f = 0; f < FILTERS; f++) {
        UNROLL for (int s = 0; s < SPOTS; s++) results[f][s] = sums[f][s];
    }
    ROLL for (int f = wanted_plane - plane; f < FILTERS; f++) {
        ROLL for (int s = wanted_column - column; s < SPOTS; s++) {
            EMIT(group * PLANES + plane + f, row, column + s, results[f][s]);
        }
    }
#endif
}
