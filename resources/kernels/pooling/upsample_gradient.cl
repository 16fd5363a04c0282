// The input gradient of upsampling: each pixel gathers its weighted part of the gradients near it. A work item computes
// one row.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int h = NEXT_INDEX(HEIGHT), c = item;
    const int first_row = max(0, (h - 1) * ROW_SCALE), last_row = min(HEIGHT * ROW_SCALE, (h + 2) * ROW_SCALE);
    for (int w = 0; w < WIDTH; w++) {
        const int first_column = max(0, (w - 1) * COLUMN_SCALE);
        const int last_column = min(WIDTH * COLUMN_SCALE, (w + 2) * COLUMN_SCALE);
        V total = ZERO;
        for (int row = first_row; row < last_row; row++) {
            const float row_weight = INTERPOLATION_WEIGHT(row, h, ROW_SCALE, HEIGHT);
            if (row_weight == 0.0f) continue;
            for (int column = first_column; column < last_column; column++) {
                const float column_weight = INTERPOLATION_WEIGHT(column, w, COLUMN_SCALE, WIDTH);
                total += LOAD(grad_output + AT(GRAD_OUTPUT, c, row, column)) * (row_weight * column_weight);
            }
        }
        EMIT(c, h, w, total);
    }
}
