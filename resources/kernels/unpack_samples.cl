// Unpacks a value into samples one after another, (N, C, H, W). A work item unpacks one row.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int h = NEXT_INDEX(HEIGHT), c = item;
    const int count = header[COUNT];
    const int before = (c * HEIGHT + h) * WIDTH;
    for (int w = 0; w < WIDTH; w++) {
        float numbers[VW];
        STORE(LOAD(x + AT(X, c, h, w)), numbers);
        for (int k = 0; k < VW && sample + k < count; k++) {
            samples[(sample + k) * (CHANNELS * HEIGHT * WIDTH) + before + w] = numbers[k];
        }
    }
}
