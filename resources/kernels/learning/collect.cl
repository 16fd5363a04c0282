// Adds up what chunks of rows and blocks of samples gave for the gradient of every weight, adds the decays, limits each
// number, and raises the flag where one is not finite. `segments` says, for each piece: where its parts begin, how many
// chunks there are and how far apart, how many blocks gave them (0: they are all of it, in `common`), where it lies among
// the weights, its length, and its row of `decays`. A work item does one piece.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const global int* segment = segments + 7 * g;
    const int chunks = segment[1], apart = segment[2], copies = segment[3];
    const int start = segment[4], length = segment[5];
    const global float* parts = (copies ? work : common) + segment[0];
    const float l1 = decays[2 * segment[6]], l2 = decays[2 * segment[6] + 1];
    V worst = ZERO, squares = ZERO;
    for (int k = 0; k < length; k += VW) {
        V sum = ZERO;
        for (int b = 0; b < max(copies, 1); b++) {
            for (int chunk = 0; chunk < chunks; chunk++) sum += LOAD(parts + b * stride + chunk * apart + k);
        }
        const VI inside = samples_from(k) < length;
        sum = inside ? sum : ZERO;
#if DECAYED
        const V w = LOAD(trained + start + k);
        sum += l2 * w + l1 * sign(w);
        sum = inside ? sum : ZERO;
#endif
        worst += beyond(sum);
#ifdef MOST
        sum = clamp(sum, -MOST, MOST);
#endif
#if MEASURED
        squares = fma(sum, sum, squares);
#endif
        STORE(sum, gradient + start + k);
    }
#if MEASURED
    norms[g] = across(squares);
#endif
    if (across(worst) != 0.0f) atomic_or(flag, GRADIENT_BAD);
}
