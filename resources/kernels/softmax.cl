// Softmax over the channels at each position. A work item computes one position.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int w = NEXT_INDEX(WIDTH), h = item;
    V largest = LOAD(x + AT(X, 0, h, w));
    for (int c = 1; c < CHANNELS; c++) {
        const V number = LOAD(x + AT(X, c, h, w));
        largest = number > largest ? number : largest;
    }
    V total = ZERO;
    for (int c = 0; c < CHANNELS; c++) {
        const V number = exp(LOAD(x + AT(X, c, h, w)) - largest);
        STORE(number, y + AT(Y, c, h, w));
        total += number;
    }
    for (int c = 0; c < CHANNELS; c++) STORE(LOAD(y + AT(Y, c, h, w)) / total, y + AT(Y, c, h, w));
}
