// Brings groups of channels of every sample to mean 0 and deviation 1, then scales and shifts them; keeps the former
// in `normal` and the inverse deviations. A work item does one group.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int first = g * DEPTH;
    V total = ZERO;
    for (int c = first; c < first + DEPTH; c++) {
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) total += LOAD(x + AT(X, c, h, w));
        }
    }
    const V mean = total / (float)(DEPTH * HEIGHT * WIDTH);
    V spread = ZERO;
    for (int c = first; c < first + DEPTH; c++) {
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) {
                const V distance = LOAD(x + AT(X, c, h, w)) - mean;
                spread = fma(distance, distance, spread);
            }
        }
    }
    const V scale = ONE / sqrt(spread / (float)(DEPTH * HEIGHT * WIDTH) + EPSILON);
    STORE(scale, inverse + AT(INVERSE, g, 0, 0));
    for (int c = first; c < first + DEPTH; c++) {
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) {
                const V number = (LOAD(x + AT(X, c, h, w)) - mean) * scale;
                STORE(number, normal + AT(NORMAL, c, h, w));
                EMIT(c, h, w, number * weight[FEATURE] + bias[FEATURE]);
            }
        }
    }
}
