// The mean under each window. Where the border counts (COUNT_PADDING), so do its zeros. A work item computes one row.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int row = TAKE(ROWS), c = g;
    const int top = row * ROW_STRIDE - BEFORE_ROWS;
    const int above = max(0, -top), below = min(POOL_HEIGHT, X_HEIGHT - top);
    for (int column = 0; column < COLUMNS; column++) {
        const int left = column * COLUMN_STRIDE - BEFORE_COLUMNS;
        const int before = max(0, -left), after = min(POOL_WIDTH, X_WIDTH - left);
        V total = ZERO;
        for (int i = above; i < below; i++) {
            for (int j = before; j < after; j++) total += LOAD(x + AT(X, c, top + i, left + j));
        }
        EMIT(c, row, column, total * (1.0f / WINDOW_COUNT(top, left)));
    }
}
