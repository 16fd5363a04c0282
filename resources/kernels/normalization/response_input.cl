// The gradient through local response normalization. A work item computes one row.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int h = TAKE(HEIGHT), c = g;
    for (int w = 0; w < WIDTH; w++) {
        V spread = ZERO;
        for (int k = max(0, c - AFTER); k <= min(CHANNELS - 1, c + BEFORE); k++) {
            const V level = LOAD(divisor + AT(DIVISOR, k, h, w));
            spread += LOAD(dy + AT(DY, k, h, w)) * LOAD(y + AT(Y, k, h, w)) / level;
        }
        const V number = LOAD(x + AT(X, c, h, w));
        const V direct = LOAD(dy + AT(DY, c, h, w)) * pow(LOAD(divisor + AT(DIVISOR, c, h, w)), (V)(-BETA));
        EMIT(c, h, w, direct - spread * number * (2.0f * ALPHA * BETA / SIZE));
    }
}
