// Puts the gradient of a value at (c, h, w) where its maker looks for it, by way of what the maker had joined: OUT is
// where it goes; SLOPE(y), if defined, is the slope of an activation at the value y, found in SEEN; OUT_POOLED spreads it
// over a window of OUT, to the place named in WON. RESHAPED says that (c, h, w) counts through another shape.

static void PUT(SINK_PORTS, const int c_, const int h_, const int w_, const V gradient)
{
#ifdef RESHAPED
    const int flat = (c_ * FROM_HEIGHT + h_) * FROM_WIDTH + w_;
    const int c = flat / (TO_HEIGHT * TO_WIDTH), h = flat / TO_WIDTH % TO_HEIGHT, w = flat % TO_WIDTH;
#else
    const int c = c_, h = h_, w = w_;
#endif
#ifdef SLOPE
    const V v = gradient * SLOPE(LOAD(out_seen + AT(OUT_SEEN, c, h, w)));
#else
    const V v = gradient;
#endif
#ifdef OUT_POOLED
    const VI won = LOAD_INTS(out_won + AT(OUT_WON, c, h, w));
    const int top = h * OUT_POOL_HEIGHT, left = w * OUT_POOL_WIDTH;
    UNROLL for (int i = 0; i < OUT_POOL_HEIGHT; i++) {
        UNROLL for (int j = 0; j < OUT_POOL_WIDTH; j++) {
            STORE(won == i * OUT_POOL_WIDTH + j ? v : ZERO, out + AT(OUT, c, top + i, left + j));
        }
    }
    const int bottom = h == OUT_POOLED_ROWS - 1 ? OUT_RAW_ROWS : top + OUT_POOL_HEIGHT;
    if (w == OUT_POOLED_COLUMNS - 1) {
        for (int i = top; i < bottom; i++) {
            for (int j = left + OUT_POOL_WIDTH; j < OUT_RAW_COLUMNS; j++) STORE(ZERO, out + AT(OUT, c, i, j));
        }
    }
    for (int i = top + OUT_POOL_HEIGHT; i < bottom; i++) {
        for (int j = left; j < left + OUT_POOL_WIDTH; j++) STORE(ZERO, out + AT(OUT, c, i, j));
    }
#else
    DEPOSIT(v, out + AT(OUT, c, h, w));
#endif
}
