// Takes samples that lie one after another, (N, numbers), into a value. What lies beyond the last sample of the batch
// gets a copy of the last one, so that it is as finite as the rest; or zeros, where it is a gradient (GRADIENT).
// A work item loads one row.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int h = TAKE(HEIGHT), c = g;
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
