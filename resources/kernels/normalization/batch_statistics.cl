// Mean and inverse standard deviation of each channel over the batch, combined from the statistics of its blocks (Chan,
// Golub and LeVeque, 1979), and the next running statistics; raises the flag where those are not finite. A work item
// does one channel.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int count = header[COUNT];
    float size = 0.0f, mean = 0.0f, squares = 0.0f;
    for (int b = 0; b < blocks; b++) {
        const float added = clamp(count - b * LANES, 0, LANES) * (HEIGHT * WIDTH);
        if (added == 0.0f) break;
        const float difference = block_statistics[b * block_stride + 2 * item] - mean;
        const float total = size + added;
        mean += difference * (added / total);
        squares += block_statistics[b * block_stride + 2 * item + 1] + difference * difference * (size * added / total);
        size = total;
    }
    const float variance = squares / size;
    statistics[item] = mean;
    statistics[CHANNELS + item] = 1.0f / sqrt(variance + EPSILON);
    const float unbiased = squares / max(size - 1.0f, 1.0f);
    next_mean[item] = running_mean[item] + MOMENTUM * (mean - running_mean[item]);
    next_var[item] = running_var[item] + MOMENTUM * (unbiased - running_var[item]);
    if (!isfinite(next_mean[item]) || !isfinite(next_var[item])) atomic_or(flag, STATE_BAD);
}
