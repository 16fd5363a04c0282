// Packs samples that lie one after another, (N, C, H, W), into the layout of a value. Lanes beyond the end of the batch
// get a copy of the last sample, so that they are as finite as the rest, or zeros if this is a gradient (see MASK). A
// work item packs one row.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int h = NEXT_INDEX(HEIGHT), c = item;
    const int count = header[COUNT];
    const int before = (c * HEIGHT + h) * WIDTH;
    int from[VW];
    UNROLL for (int k = 0; k < VW; k++) from[k] = min(sample + k, count - 1) * (CHANNELS * HEIGHT * WIDTH) + before;
    int w = 0;
    ROLL for (; w + VW <= WIDTH; w += VW) {
        V pixels[VW];
        UNROLL for (int k = 0; k < VW; k++) pixels[k] = LOAD(samples + from[k] + w);
        transpose(pixels);
        V results[VW];
        UNROLL for (int k = 0; k < VW; k++) results[k] = pixels[k];
        ROLL for (int k = 0; k < VW; k++) EMIT(c, h, w + k, MASK(results[k]));
    }
    ROLL for (; w < WIDTH; w++) {
        float pixel[VW];
        ROLL for (int k = 0; k < VW; k++) pixel[k] = samples[from[k] + w];
        EMIT(c, h, w, MASK(LOAD(pixel)));
    }
}
