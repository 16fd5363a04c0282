// Zeros the border around a value after other values have used the same memory. A work item clears one map.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    for (int h = -TOP; h < HEIGHT + BOTTOM; h++) {
        const bool inside = h >= 0 && h < HEIGHT;
        for (int w = -LEFT; w < WIDTH + RIGHT; w++) {
            if (!inside || w < 0 || w >= WIDTH) STORE(ZERO, x + AT(X, item, h, w));
        }
    }
}
