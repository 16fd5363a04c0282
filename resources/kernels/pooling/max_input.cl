// The gradient through max pooling by windows that may overlap: each number gathers from the windows that it won.
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
                const int place = (down - row * ROW_STRIDE) * POOL_WIDTH + over - column * COLUMN_STRIDE;
                const VI won = LOAD_INTS(winner + AT(WINNER, c, row, column));
                total += won == place ? LOAD(dy + AT(DY, c, row, column)) : ZERO;
            }
        }
        EMIT(c, h, w, total);
    }
}
