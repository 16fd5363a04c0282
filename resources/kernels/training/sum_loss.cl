// Sums the losses and correct predictions of the batch, and raises the flag where the loss is not finite. One work
// item.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    float loss = 0.0f, error = 0.0f, correct_total = 0.0f;
    for (int n = 0; n < header[COUNT]; n++) {
        const float next = losses[n / LANES * block_stride + n % LANES] - error;  // Kahan's sum
        const float sum = loss + next;
        error = (sum - loss) - next;
        loss = sum;
        correct_total += correct[n / LANES * block_stride + n % LANES];
    }
    results[LOSS] = loss;
    results[CORRECT] = correct_total;
    if (!isfinite(loss)) atomic_or(flag, LOSS_BAD);
}
