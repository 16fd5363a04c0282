// Normalizes groups of channels of every sample to mean 0 and standard deviation 1, then scales and shifts them. Saves
// the normalized numbers and the inverse standard deviations for the backward pass. A work item does one group.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int first = item * GROUP_CHANNELS;
    V total = ZERO;
    for (int c = first; c < first + GROUP_CHANNELS; c++) {
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) total += LOAD(x + AT(X, c, h, w));
        }
    }
    const V mean = total / (float)(GROUP_CHANNELS * HEIGHT * WIDTH);
    V squares = ZERO;
    for (int c = first; c < first + GROUP_CHANNELS; c++) {
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) {
                const V deviation = LOAD(x + AT(X, c, h, w)) - mean;
                squares = fma(deviation, deviation, squares);
            }
        }
    }
    const V scale = ONE / sqrt(squares / (float)(GROUP_CHANNELS * HEIGHT * WIDTH) + EPSILON);
    STORE(scale, inverse_std + AT(INVERSE_STD, item, 0, 0));
    for (int c = first; c < first + GROUP_CHANNELS; c++) {
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) {
                const V number = (LOAD(x + AT(X, c, h, w)) - mean) * scale;
                STORE(number, normalized + AT(NORMALIZED, c, h, w));
                EMIT(c, h, w, number * weight[FEATURE] + bias[FEATURE]);
            }
        }
    }
}
