// Upsampling by interpolation: each number mixes up to three rows and columns around it, with INTERPOLATION_WEIGHT. A
// work item computes one row.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int row = NEXT_INDEX(ROWS), c = item;
    const int upper = max(0, row / ROW_SCALE - 1), lower = min(X_HEIGHT - 1, row / ROW_SCALE + 1);
    for (int column = 0; column < COLUMNS; column++) {
        V total = ZERO;
        for (int h = upper; h <= lower; h++) {
            const float row_weight = INTERPOLATION_WEIGHT(row, h, ROW_SCALE, X_HEIGHT);
            for (int w = max(0, column / COLUMN_SCALE - 1); w <= min(X_WIDTH - 1, column / COLUMN_SCALE + 1); w++) {
                const float column_weight = INTERPOLATION_WEIGHT(column, w, COLUMN_SCALE, X_WIDTH);
                total += LOAD(x + AT(X, c, h, w)) * (row_weight * column_weight);
            }
        }
        EMIT(c, row, column, total);
    }
}
