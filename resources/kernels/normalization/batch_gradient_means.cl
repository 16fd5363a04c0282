// The two means over the batch that the input gradient of batch normalization subtracts, from the sums of each block. A
// work item does one channel.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const float size = header[COUNT] * (float)(HEIGHT * WIDTH);
    float mean_grad = 0.0f, mean_grad_normalized = 0.0f;
    for (int b = 0; b < blocks; b++) {
        mean_grad += bias_sums[b * block_stride + item];
        mean_grad_normalized += weight_sums[b * block_stride + item];
    }
    statistics[2 * CHANNELS + item] = mean_grad / size;
    statistics[3 * CHANNELS + item] = mean_grad_normalized / size;
}
