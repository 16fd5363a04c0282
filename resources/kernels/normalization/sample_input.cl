// The gradient through the normalization of groups of channels of every sample. A work item does one group.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int first = g * DEPTH;
    V plain = ZERO, along = ZERO;
    for (int c = first; c < first + DEPTH; c++) {
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) {
                const V gradient = LOAD(dy + AT(DY, c, h, w)) * weight[FEATURE];
                plain += gradient;
                along = fma(gradient, LOAD(normal + AT(NORMAL, c, h, w)), along);
            }
        }
    }
    plain /= (float)(DEPTH * HEIGHT * WIDTH);
    along /= (float)(DEPTH * HEIGHT * WIDTH);
    const V scale = LOAD(inverse + AT(INVERSE, g, 0, 0));
    for (int c = first; c < first + DEPTH; c++) {
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) {
                const V gradient = LOAD(dy + AT(DY, c, h, w)) * weight[FEATURE];
                const V number = LOAD(normal + AT(NORMAL, c, h, w));
                EMIT(c, h, w, (gradient - plain - number * along) * scale);
            }
        }
    }
}
