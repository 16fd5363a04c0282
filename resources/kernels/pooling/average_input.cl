// The gradient through average pooling: each number gathers its share from the windows that hold it.
// A work item computes one row.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int h = TAKE(HEIGHT), c = g;
    const int down = h + BEFORE_ROWS;
    const int first_row = max(0, (down - POOL_HEIGHT + ROW_STRIDE) / ROW_STRIDE);
    const int last_row = min(ROWS - 1, down / ROW_STRIDE);
    for (int w = 0; w < WIDTH; w++) {
        const int over = w + BEFORE_COLUMNS;
        const int first_column = max(0, (over - POOL_WIDTH + COLUMN_STRIDE) / COLUMN_STRIDE);
        const int last_column = min(COLUMNS - 1, over / COLUMN_STRIDE);
        V total = ZERO;
        for (int row = first_row; row <= last_row; row++) {
            for (int column = first_column; column <= last_column; column++) {
                const int top = row * ROW_STRIDE - BEFORE_ROWS, left = column * COLUMN_STRIDE - BEFORE_COLUMNS;
                total += LOAD(dy + AT(DY, c, row, column)) * (1.0f / WINDOW_COUNT(top, left));
            }
        }
        EMIT(c, h, w, total);
    }
}
