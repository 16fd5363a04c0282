// Local response normalization: x / divisor ** BETA, where the divisor sums the squares of SIZE neighboring channels.
// A work item computes one row.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int h = NEXT_INDEX(HEIGHT), c = item;
    for (int w = 0; w < WIDTH; w++) {
        V squares = ZERO;
        for (int k = max(0, c - BEFORE); k <= min(CHANNELS - 1, c + AFTER); k++) {
            const V number = LOAD(x + AT(X, k, h, w));
            squares = fma(number, number, squares);
        }
        const V base = squares * (ALPHA / SIZE) + BIAS;
        STORE(base, divisor + AT(DIVISOR, c, h, w));
        EMIT(c, h, w, LOAD(x + AT(X, c, h, w)) * pow(base, (V)(-BETA)));
    }
}
