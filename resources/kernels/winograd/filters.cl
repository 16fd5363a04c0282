// Transforms the filters of a convolution, or (FLIPPED) those of its way back, and lays them out as slide.cl reads them:
// (portions of FILTERS planes, 36 transformed numbers, depth, planes of a portion). A work item transforms what one
// plane has for one channel; planes beyond the last are zeros.

void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int c = TAKE(DEPTH), plane = g;
    float columns[WINDOW][3];
    UNROLL for (int j = 0; j < 3; j++) {
        float column[3], transformed[WINDOW];
        UNROLL for (int i = 0; i < 3; i++) {
            const int place = FLIPPED ? 8 - 3 * i - j : 3 * i + j;
            column[i] = plane < PLANES ? weight[plane * PLANE_WEIGHTS + c * DEPTH_WEIGHTS + place] : 0.0f;
        }
        transform_weights(column, transformed);
        UNROLL for (int i = 0; i < WINDOW; i++) columns[i][j] = transformed[i];
    }
    filters += plane / FILTERS * (WINDOW * WINDOW * DEPTH * FILTERS) + c * FILTERS + plane % FILTERS;
    UNROLL for (int i = 0; i < WINDOW; i++) {
        float transformed[WINDOW];
        transform_weights(columns[i], transformed);
        UNROLL for (int j = 0; j < WINDOW; j++) filters[(i * WINDOW + j) * (DEPTH * FILTERS)] = transformed[j];
    }
}
