// Mean and sum of squared distances from it, of each channel over the samples of a block that are in the batch.
// A work item measures one channel.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int count = clamp(header[COUNT] - sample, 0, LANES);
    V total = ZERO;
    for (int n = 0; n < LANES; n += VW) {
        const VI here = samples_from(n) < count;
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) total += here ? LOAD(x + AT(X, g, h, w) + n) : ZERO;
        }
    }
    const float mean = across(total) / max(count * (HEIGHT * WIDTH), 1);
    V spread = ZERO;
    for (int n = 0; n < LANES; n += VW) {
        const VI here = samples_from(n) < count;
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) {
                const V distance = here ? LOAD(x + AT(X, g, h, w) + n) - mean : ZERO;
                spread = fma(distance, distance, spread);
            }
        }
    }
    moments[2 * g] = mean;
    moments[2 * g + 1] = across(spread);
}
