// Writes the gradient of a value at (c, h, w) to where the layer that computed the value needs it, going backward
// through what was fused into that layer. OUT is the target; DERIVATIVE(y), if defined, is the derivative of the fused
// activation whose output is in OUT_ACTIVATED; OUT_POOLED spreads the number over its pooling window in OUT, to the
// position stored in OUT_ARGMAX. With RESHAPED, (c, h, w) are indices into another shape of the same numbers.

static void EPILOGUE(EPILOGUE_PARAMS, const int c_, const int h_, const int w_, const V gradient)
{
#ifdef RESHAPED
    const int flat = (c_ * FROM_HEIGHT + h_) * FROM_WIDTH + w_;
    const int c = flat / (TO_HEIGHT * TO_WIDTH), h = flat / TO_WIDTH % TO_HEIGHT, w = flat % TO_WIDTH;
#else
    const int c = c_, h = h_, w = w_;
#endif
#ifdef DERIVATIVE
    const V v = gradient * DERIVATIVE(LOAD(out_activated + AT(OUT_ACTIVATED, c, h, w)));
#else
    const V v = gradient;
#endif
#ifdef OUT_POOLED
    const VI argmax = LOAD_INTS(out_argmax + AT(OUT_ARGMAX, c, h, w));
    const int top = h * OUT_POOL_HEIGHT, left = w * OUT_POOL_WIDTH;
    UNROLL for (int i = 0; i < OUT_POOL_HEIGHT; i++) {
        UNROLL for (int j = 0; j < OUT_POOL_WIDTH; j++) {
            STORE(argmax == i * OUT_POOL_WIDTH + j ? v : ZERO, out + AT(OUT, c, top + i, left + j));
        }
    }
    const int bottom = h == OUT_POOLED_ROWS - 1 ? OUT_INPUT_ROWS : top + OUT_POOL_HEIGHT;
    if (w == OUT_POOLED_COLUMNS - 1) {
        for (int i = top; i < bottom; i++) {
            for (int j = left + OUT_POOL_WIDTH; j < OUT_INPUT_COLUMNS; j++) STORE(ZERO, out + AT(OUT, c, i, j));
        }
    }
    for (int i = top + OUT_POOL_HEIGHT; i < bottom; i++) {
        for (int j = left; j < left + OUT_POOL_WIDTH; j++) STORE(ZERO, out + AT(OUT, c, i, j));
    }
#else
    WRITE(v, out + AT(OUT, c, h, w));
#endif
}
