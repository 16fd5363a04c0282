// Zeros the border around a value, whose memory something else used in the meantime. A work item clears one map.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    for (int h = -TOP; h < HEIGHT + BOTTOM; h++) {
        const bool inside = h >= 0 && h < HEIGHT;
        for (int w = -LEFT; w < WIDTH + RIGHT; w++) {
            if (!inside || w < 0 || w >= WIDTH) STORE(ZERO, x + AT(X, g, h, w));
        }
    }
}
