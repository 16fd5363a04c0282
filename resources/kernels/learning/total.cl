// Adds up the losses and hits of the batch, and raises the flag where the loss is not finite. One work item.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    float loss = 0.0f, error = 0.0f, right = 0.0f;
    for (int n = 0; n < header[COUNT]; n++) {
        const float next = losses[n / LANES * stride + n % LANES] - error;  // Kahan's sum
        const float sum = loss + next;
        error = (sum - loss) - next;
        loss = sum;
        right += hits[n / LANES * stride + n % LANES];
    }
    results[LOSS] = loss;
    results[HITS] = right;
    if (!isfinite(loss)) atomic_or(flag, LOSS_BAD);
}
