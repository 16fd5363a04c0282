// Mean, and sum of squared deviations from it, of each channel over those samples of a block that are in the batch. A
// work item does one channel.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int count = clamp(header[COUNT] - sample, 0, LANES);
    V total = ZERO;
    for (int n = 0; n < LANES; n += VW) {
        const VI in_batch = sample_indices(n) < count;
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) total += in_batch ? LOAD(x + AT(X, item, h, w) + n) : ZERO;
        }
    }
    const float mean = sum_vector(total) / max(count * (HEIGHT * WIDTH), 1);
    V squares = ZERO;
    for (int n = 0; n < LANES; n += VW) {
        const VI in_batch = sample_indices(n) < count;
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) {
                const V deviation = in_batch ? LOAD(x + AT(X, item, h, w) + n) - mean : ZERO;
                squares = fma(deviation, deviation, squares);
            }
        }
    }
    block_statistics[2 * item] = mean;
    block_statistics[2 * item + 1] = sum_vector(squares);
}
