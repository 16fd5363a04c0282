// Average pooling. WINDOW_COUNT says by how many numbers to divide (with or without the padding). A work item computes
// one row.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int row = NEXT_INDEX(ROWS), c = item;
    const int top = row * ROW_STRIDE - PADDING_TOP;
    const int above = max(0, -top), below = min(POOL_HEIGHT, X_HEIGHT - top);
    for (int column = 0; column < COLUMNS; column++) {
        const int left = column * COLUMN_STRIDE - PADDING_LEFT;
        const int before = max(0, -left), after = min(POOL_WIDTH, X_WIDTH - left);
        V total = ZERO;
        for (int i = above; i < below; i++) {
            for (int j = before; j < after; j++) total += LOAD(x + AT(X, c, top + i, left + j));
        }
        EMIT(c, row, column, total * (1.0f / WINDOW_COUNT(top, left)));
    }
}
