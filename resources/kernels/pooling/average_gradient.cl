// The input gradient of average pooling: each number gathers its part of the gradient of every window that covers it. A
// work item computes one row.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int h = NEXT_INDEX(HEIGHT), c = item;
    const int down = h + PADDING_TOP;
    const int first_row = max(0, (down - POOL_HEIGHT + ROW_STRIDE) / ROW_STRIDE);
    const int last_row = min(ROWS - 1, down / ROW_STRIDE);
    for (int w = 0; w < WIDTH; w++) {
        const int over = w + PADDING_LEFT;
        const int first_column = max(0, (over - POOL_WIDTH + COLUMN_STRIDE) / COLUMN_STRIDE);
        const int last_column = min(COLUMNS - 1, over / COLUMN_STRIDE);
        V total = ZERO;
        for (int row = first_row; row <= last_row; row++) {
            for (int column = first_column; column <= last_column; column++) {
                const int top = row * ROW_STRIDE - PADDING_TOP, left = column * COLUMN_STRIDE - PADDING_LEFT;
                total += LOAD(grad_output + AT(GRAD_OUTPUT, c, row, column)) * (1.0f / WINDOW_COUNT(top, left));
            }
        }
        EMIT(c, h, w, total);
    }
}
