// The means over the batch that the gradient of batch normalization takes away, from the sums of its blocks.
// A work item does one channel.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const float size = header[COUNT] * (float)(HEIGHT * WIDTH);
    float plain = 0.0f, along = 0.0f;
    for (int b = 0; b < blocks; b++) {
        plain += bias_sums[b * stride + g];
        along += weight_sums[b * stride + g];
    }
    statistics[2 * CHANNELS + g] = plain / size;
    statistics[3 * CHANNELS + g] = along / size;
}
