// Adds up what chunks of rows and blocks of samples gave for the gradient of every weight, adds the decays, and raises
// the flag where a number is not finite. `segments` says, for each piece of GRAIN numbers: where its parts begin, how
// many chunks there are and how far apart, how many blocks gave them (0: all blocks at once, into `common`), where it
// lies among the weights, its length, and its row of `decays`. A work item does one piece.

void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const global int* segment = segments + 7 * g;
    const int chunks = segment[1], apart = segment[2], copies = segment[3];
    const int start = segment[4], length = segment[5];
    const global float* parts = (copies ? work : common) + segment[0];
    const float l1 = decays[2 * segment[6]], l2 = decays[2 * segment[6] + 1];
    float worst = 0.0f, squares = 0.0f;
    float sums[GRAIN];
    for (int k = 0; k < length; k++) sums[k] = 0.0f;
    for (int b = 0; b < max(copies, 1); b++) {
        for (int chunk = 0; chunk < chunks; chunk++) {
            for (int k = 0; k < length; k++) sums[k] += parts[b * stride + chunk * apart + k];
        }
    }
    for (int k = 0; k < length; k++) {
        worst += sums[k] - sums[k];
        const float w = trained[start + k];
        float total = sums[k] + l2 * w + l1 * sign(w);
        if (CLIP_VALUE > 0.0f) total = clamp(total, -CLIP_VALUE, CLIP_VALUE);
        squares = fma(total, total, squares);
        gradient[start + k] = total;
    }
    norms[g] = squares;
    if (worst != 0.0f) atomic_or(flag, GRADIENT_BAD);
}
