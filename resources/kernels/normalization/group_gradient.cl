// The input gradient of group (or layer) normalization. A work item does one group.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int first = item * GROUP_CHANNELS;
    V mean_grad = ZERO, mean_grad_normalized = ZERO;
    for (int c = first; c < first + GROUP_CHANNELS; c++) {
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) {
                const V gradient = LOAD(grad_output + AT(GRAD_OUTPUT, c, h, w)) * weight[FEATURE];
                mean_grad += gradient;
                mean_grad_normalized = fma(gradient, LOAD(normalized + AT(NORMALIZED, c, h, w)), mean_grad_normalized);
            }
        }
    }
    mean_grad /= (float)(GROUP_CHANNELS * HEIGHT * WIDTH);
    mean_grad_normalized /= (float)(GROUP_CHANNELS * HEIGHT * WIDTH);
    const V scale = LOAD(inverse_std + AT(INVERSE_STD, item, 0, 0));
    for (int c = first; c < first + GROUP_CHANNELS; c++) {
        for (int h = 0; h < HEIGHT; h++) {
            for (int w = 0; w < WIDTH; w++) {
                const V gradient = LOAD(grad_output + AT(GRAD_OUTPUT, c, h, w)) * weight[FEATURE];
                const V number = LOAD(normalized + AT(NORMALIZED, c, h, w));
                EMIT(c, h, w, (gradient - mean_grad - number * mean_grad_normalized) * scale);
            }
        }
    }
}
