// Sums the partial gradients of every weight over chunks of rows and blocks of samples, adds weight decay, clips by
// value, and raises the flag where a number is not finite. A row of `segments` describes each piece: offset of the
// partial sums, number of chunks, distance between them, number of blocks (0: the gradient is final and lies in
// `common`), offset among the weights, length, and row of `decays`. A work item does one segment.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const global int* segment = segments + 7 * item;
    const int chunks = segment[1], pitch = segment[2], copies = segment[3];
    const int start = segment[4], length = segment[5];
    const global float* parts = (copies ? work : common) + segment[0];
    const float l1 = decays[2 * segment[6]], l2 = decays[2 * segment[6] + 1];
    V invalid = ZERO, squares = ZERO;
    for (int k = 0; k < length; k += VW) {
        V sum = ZERO;
        for (int b = 0; b < max(copies, 1); b++) {
            for (int chunk = 0; chunk < chunks; chunk++) sum += LOAD(parts + b * block_stride + chunk * pitch + k);
        }
        const VI inside = sample_indices(k) < length;
        sum = inside ? sum : ZERO;
#if HAS_DECAY
        const V w = LOAD(trained + start + k);
        sum += l2 * w + l1 * sign(w);
        sum = inside ? sum : ZERO;
#endif
        invalid += nan_unless_finite(sum);
#ifdef CLIP_VALUE
        sum = clamp(sum, -CLIP_VALUE, CLIP_VALUE);
#endif
#if NEEDS_NORM
        squares = fma(sum, sum, squares);
#endif
        STORE(sum, gradient + start + k);
    }
#if NEEDS_NORM
    norms[item] = sum_vector(squares);
#endif
    if (sum_vector(invalid) != 0.0f) atomic_or(flag, GRADIENT_BAD);
}
