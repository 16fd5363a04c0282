// Updates the weights by the optimizer's rule (UPDATE, applied to the parameter `p` and its gradient `grad`), unless the
// flag is up; where not IS_TRAINED(k), weights belong to no layer of the program. A work item updates VECTORS_PER_ITEM
// vectors.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    if (flag[0] != 0) return;
    for (int k = item * VECTORS_PER_ITEM; k < min(item * VECTORS_PER_ITEM + VECTORS_PER_ITEM, VECTORS); k++) {
        if (!(IS_TRAINED(k))) continue;
        const V grad = LOAD(gradient + k * VW) * SCALE;
        Parameter p;
        p.w = LOAD(trained + k * VW);
        p.a = ZERO;
        p.b = ZERO;
        READ_SLOTS
        p = UPDATE;
        STORE(p.w, trained + k * VW);
        WRITE_SLOTS
    }
}
