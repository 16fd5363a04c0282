// Moves the weights by their gradient, unless the flag is up. MOVE is one of the rules, applied to the weight `m` and
// its gradient `g`. A work item moves GRAIN vectors.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    if (flag[0] != 0) return;
    for (int k = g * GRAIN; k < min(g * GRAIN + GRAIN, VECTORS); k++) {
        const V step = LOAD(gradient + k * VW) * SCALE;
        Weight m;
        m.w = LOAD(trained + k * VW);
        m.a = ZERO;
        m.b = ZERO;
        READ_SLOTS
        m = MOVE;
        STORE(m.w, trained + k * VW);
        WRITE_SLOTS
    }
}
