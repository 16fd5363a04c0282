// Replaces the running statistics by those of this batch, if the step is finite. A work item copies one number.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    if (flag[0] == 0) state[item] = next_state[item];
}
