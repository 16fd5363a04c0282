// exp(x) over the sum of exp(x) of all channels at a place. A work item computes one place.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int w = TAKE(WIDTH), h = g;
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
