// Transforms the filters of a convolution, or (FLIPPED) those of its way back, and lays them out as slide.cl reads them:
// (portions of VW planes, 36 transformed numbers, depth, planes of a portion). A work item transforms what a portion of
// planes has for one channel; planes beyond the last are zeros.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int c = TAKE(DEPTH), portion = g;
    V columns[WINDOW][3];
    ROLL for (int j = 0; j < 3; j++) {
        V column[3], transformed[WINDOW];
        UNROLL for (int i = 0; i < 3; i++) {
            float numbers[VW];
            ROLL for (int k = 0; k < VW; k++) {
                const int plane = portion * VW + k, place = FLIPPED ? 8 - 3 * i - j : 3 * i + j;
                numbers[k] = plane < PLANES ? weight[plane * PLANE_WEIGHTS + c * DEPTH_WEIGHTS + place] : 0.0f;
            }
            column[i] = LOAD(numbers);
        }
        transform_weights(column, transformed);
        UNROLL for (int i = 0; i < WINDOW; i++) columns[i][j] = transformed[i];
    }
    filters += (portion * (WINDOW * WINDOW * DEPTH) + c) * VW;
    ROLL for (int i = 0; i < WINDOW; i++) {
        V transformed[WINDOW];
        transform_weights(columns[i], transformed);
        UNROLL for (int j = 0; j < WINDOW; j++) STORE(transformed[j], filters + (i * WINDOW + j) * (DEPTH * VW));
    }
}
