// Copies numbers, in (channel, row, column) order, into another shape. A work item writes one row.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int h = NEXT_INDEX(HEIGHT), c = item;
    for (int w = 0; w < WIDTH; w++) {
        const int flat = (c * HEIGHT + h) * WIDTH + w;
        const int from_c = flat / (X_HEIGHT * X_WIDTH), from_h = flat / X_WIDTH % X_HEIGHT, from_w = flat % X_WIDTH;
        EMIT(c, h, w, LOAD(x + AT(X, from_c, from_h, from_w)));
    }
}
