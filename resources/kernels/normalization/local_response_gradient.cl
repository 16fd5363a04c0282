// The input gradient of local response normalization. A work item computes one row.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int h = NEXT_INDEX(HEIGHT), c = item;
    for (int w = 0; w < WIDTH; w++) {
        V sum = ZERO;
        for (int k = max(0, c - AFTER); k <= min(CHANNELS - 1, c + BEFORE); k++) {
            const V base = LOAD(divisor + AT(DIVISOR, k, h, w));
            sum += LOAD(grad_output + AT(GRAD_OUTPUT, k, h, w)) * LOAD(y + AT(Y, k, h, w)) / base;
        }
        const V number = LOAD(x + AT(X, c, h, w));
        const V scale = pow(LOAD(divisor + AT(DIVISOR, c, h, w)), (V)(-BETA));
        const V direct = LOAD(grad_output + AT(GRAD_OUTPUT, c, h, w)) * scale;
        EMIT(c, h, w, direct - sum * number * (2.0f * ALPHA * BETA / SIZE));
    }
}
