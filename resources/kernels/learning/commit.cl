// Makes the running statistics those that this batch led to, if the step is good. A work item copies one number.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    if (flag[0] == 0) state[g] = next_state[g];
}
