// Max pooling; STORE_ARGMAX stores the position of the maximum in its window, the first of equals. A work item computes
// one row.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int row = NEXT_INDEX(ROWS), c = item;
    const int top = row * ROW_STRIDE - PADDING_TOP;
    for (int column = 0; column < COLUMNS; column++) {
        const int left = column * COLUMN_STRIDE - PADDING_LEFT;
        V best = (V)(-INFINITY);
        VI argmax = 0;
        for (int i = max(0, -top); i < min(POOL_HEIGHT, X_HEIGHT - top); i++) {
            for (int j = max(0, -left); j < min(POOL_WIDTH, X_WIDTH - left); j++) {
                const V number = LOAD(x + AT(X, c, top + i, left + j));
                const VI better = (number > best) | isnan(number);
                best = better ? number : best;
                argmax = better ? (VI)(i * POOL_WIDTH + j) : argmax;
            }
        }
        EMIT(c, row, column, best);
        STORE_ARGMAX(c, row, column, argmax);
    }
}
