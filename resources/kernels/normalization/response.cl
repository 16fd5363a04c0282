// x / divisor ** BETA, the divisor grown by the squares of SIZE neighbouring channels. A work item computes one row.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int h = TAKE(HEIGHT), c = g;
    for (int w = 0; w < WIDTH; w++) {
        V squares = ZERO;
        for (int k = max(0, c - BEFORE); k <= min(CHANNELS - 1, c + AFTER); k++) {
            const V number = LOAD(x + AT(X, k, h, w));
            squares = fma(number, number, squares);
        }
        const V level = squares * (ALPHA / SIZE) + BIAS;
        STORE(level, divisor + AT(DIVISOR, c, h, w));
        EMIT(c, h, w, LOAD(x + AT(X, c, h, w)) * pow(level, (V)(-BETA)));
    }
}
