// Softmax cross-entropy of every sample, its gradient, and whether its class has the largest score (the first of
// equals). `wanted` is what the answer should be: HOT for the right class, COLD for all (label smoothing), times the
// class's weight. A work item judges the samples of a vector.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int count = header[COUNT];
    const VI here = samples_from(sample) < count;
    const VI right = LOAD_INTS(labels);
    V largest = LOAD(x + AT(X, 0, 0, 0));
    VI answer = 0;
    for (int c = 1; c < CLASSES; c++) {
        const V score = LOAD(x + AT(X, c, 0, 0));
        const VI better = score > largest;
        largest = better ? score : largest;
        answer = better ? (VI)(c) : answer;
    }
    V total = ZERO, hope = ZERO, loss = ZERO;
    for (int c = 0; c < CLASSES; c++) {
        const V score = LOAD(x + AT(X, c, 0, 0)) - largest;
        const V wanted = (right == c ? (V)(HOT + COLD) : (V)(COLD)) * CLASS_WEIGHT(c);
        total += exp(score);
        hope += wanted;
        loss -= wanted * score;
    }
    loss += hope * log(total);
    const float share = 1.0f / settings[TOTAL];
    for (int c = 0; c < CLASSES; c++) {
        const V chance = exp(LOAD(x + AT(X, c, 0, 0)) - largest) / total;
        const V wanted = (right == c ? (V)(HOT + COLD) : (V)(COLD)) * CLASS_WEIGHT(c);
        EMIT(c, 0, 0, here ? (chance * hope - wanted) * share : ZERO);
    }
    STORE(here ? loss * share : ZERO, losses);
    STORE((here & (answer == right)) ? ONE : ZERO, hits);
}
