// The gradient through softmax. A work item computes one place.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int w = TAKE(WIDTH), h = g;
    V along = ZERO;
    for (int c = 0; c < CHANNELS; c++) along += LOAD(dy + AT(DY, c, h, w)) * LOAD(y + AT(Y, c, h, w));
    for (int c = 0; c < CHANNELS; c++) {
        EMIT(c, h, w, (LOAD(dy + AT(DY, c, h, w)) - along) * LOAD(y + AT(Y, c, h, w)));
    }
}
