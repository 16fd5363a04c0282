// The gradient through enlarging: each pixel gathers its share of the enlarged ones near it. A work item computes a row.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int h = TAKE(HEIGHT), c = g;
    const int first_row = max(0, (h - 1) * ROW_SCALE), last_row = min(HEIGHT * ROW_SCALE, (h + 2) * ROW_SCALE);
    for (int w = 0; w < WIDTH; w++) {
        const int first_column = max(0, (w - 1) * COLUMN_SCALE);
        const int last_column = min(WIDTH * COLUMN_SCALE, (w + 2) * COLUMN_SCALE);
        V total = ZERO;
        for (int row = first_row; row < last_row; row++) {
            const float share = SHARE(row, h, ROW_SCALE, HEIGHT);
            if (share == 0.0f) continue;
            for (int column = first_column; column < last_column; column++) {
                total += LOAD(dy + AT(DY, c, row, column)) * (share * SHARE(column, w, COLUMN_SCALE, WIDTH));
            }
        }
        EMIT(c, h, w, total);
    }
}
