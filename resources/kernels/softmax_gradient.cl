// The input gradient of softmax. A work item computes one position.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int w = NEXT_INDEX(WIDTH), h = item;
    V mean_grad = ZERO;
    for (int c = 0; c < CHANNELS; c++) {
        mean_grad += LOAD(grad_output + AT(GRAD_OUTPUT, c, h, w)) * LOAD(y + AT(Y, c, h, w));
    }
    for (int c = 0; c < CHANNELS; c++) {
        EMIT(c, h, w, (LOAD(grad_output + AT(GRAD_OUTPUT, c, h, w)) - mean_grad) * LOAD(y + AT(Y, c, h, w)));
    }
}
