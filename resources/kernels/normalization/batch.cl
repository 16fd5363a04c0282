// Mean and inverse deviation of each channel over the batch, from the moments of its blocks (Chan, Golub and LeVeque,
// 1979), and what the running statistics are to become; raises the flag where those are not finite. A work item does one
// channel.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int count = header[COUNT];
    float size = 0.0f, mean = 0.0f, spread = 0.0f;
    for (int b = 0; b < blocks; b++) {
        const float more = clamp(count - b * LANES, 0, LANES) * (HEIGHT * WIDTH);
        if (more == 0.0f) break;
        const float distance = moments[b * stride + 2 * g] - mean;
        const float all = size + more;
        mean += distance * (more / all);
        spread += moments[b * stride + 2 * g + 1] + distance * distance * (size * more / all);
        size = all;
    }
    const float variance = spread / size;
    statistics[g] = mean;
    statistics[CHANNELS + g] = 1.0f / sqrt(variance + EPSILON);
    const float unbiased = spread / max(size - 1.0f, 1.0f);
    next_mean[g] = running_mean[g] + MOMENTUM * (mean - running_mean[g]);
    next_var[g] = running_var[g] + MOMENTUM * (unbiased - running_var[g]);
    if (!isfinite(next_mean[g]) || !isfinite(next_var[g])) atomic_or(flag, STATE_BAD);
}
