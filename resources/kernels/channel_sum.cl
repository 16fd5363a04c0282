// Sums TERM, an expression of what READ declares, over the positions and samples of each channel of a block. A work
// item sums GROUP channels.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    for (int c = item * GROUP; c < min(item * GROUP + GROUP, CHANNELS); c++) {
        READ_CHANNEL
        V total = ZERO;
        for (int n = 0; n < LANES; n += VW) {
            for (int h = 0; h < HEIGHT; h++) {
                for (int w = 0; w < WIDTH; w++) {
                    READ
                    total += TERM;
                }
            }
        }
        partial[c] = sum_vector(total);
    }
}
