// The largest number under each window, and (NOTE) which it was: the first of equals. A work item computes one row.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int row = TAKE(ROWS), c = g;
    const int top = row * ROW_STRIDE - BEFORE_ROWS;
    for (int column = 0; column < COLUMNS; column++) {
        const int left = column * COLUMN_STRIDE - BEFORE_COLUMNS;
        V best = (V)(-INFINITY);
        VI won = 0;
        for (int i = max(0, -top); i < min(POOL_HEIGHT, X_HEIGHT - top); i++) {
            for (int j = max(0, -left); j < min(POOL_WIDTH, X_WIDTH - left); j++) {
                const V number = LOAD(x + AT(X, c, top + i, left + j));
                const VI better = (number > best) | isnan(number);
                best = better ? number : best;
                won = better ? (VI)(i * POOL_WIDTH + j) : won;
            }
        }
        EMIT(c, row, column, best);
        NOTE(c, row, column, won);
    }
}
