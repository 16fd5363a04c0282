// Enlarges maps: each number is a mix of two rows and two columns (one of each where pixels are repeated).
// SHARE_ROWS and SHARE_COLUMNS say how much of pixel `from` is in enlarged pixel `to`. A work item computes one row.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int row = TAKE(ROWS), c = g;
    const int upper = max(0, row / ROW_SCALE - 1), lower = min(X_HEIGHT - 1, row / ROW_SCALE + 1);
    for (int column = 0; column < COLUMNS; column++) {
        V total = ZERO;
        for (int h = upper; h <= lower; h++) {
            const float share = SHARE(row, h, ROW_SCALE, X_HEIGHT);
            for (int w = max(0, column / COLUMN_SCALE - 1); w <= min(X_WIDTH - 1, column / COLUMN_SCALE + 1); w++) {
                total += LOAD(x + AT(X, c, h, w)) * (share * SHARE(column, w, COLUMN_SCALE, X_WIDTH));
            }
        }
        EMIT(c, row, column, total);
    }
}
