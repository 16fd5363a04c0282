// Softmax cross-entropy of every sample, its gradient with respect to the scores, and whether the prediction (the first
// of the largest scores) is correct. The target distribution has TRUE_CLASS_TARGET at the label and BASE_TARGET
// everywhere (label smoothing), times the class's weight. A work item does the samples of one vector.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int count = header[COUNT];
    const VI in_batch = sample_indices(sample) < count;
    const VI label = LOAD_INTS(labels);
    V largest = LOAD(x + AT(X, 0, 0, 0));
    VI predicted = 0;
    for (int c = 1; c < CLASSES; c++) {
        const V score = LOAD(x + AT(X, c, 0, 0));
        const VI better = score > largest;
        largest = better ? score : largest;
        predicted = better ? (VI)(c) : predicted;
    }
    V total = ZERO, target_sum = ZERO, loss = ZERO;
    for (int c = 0; c < CLASSES; c++) {
        const V score = LOAD(x + AT(X, c, 0, 0)) - largest;
        const V target = (label == c ? (V)(TRUE_CLASS_TARGET + BASE_TARGET) : (V)(BASE_TARGET)) * CLASS_WEIGHT(c);
        total += exp(score);
        target_sum += target;
        loss -= target * score;
    }
    loss += target_sum * log(total);
    const float scale = 1.0f / settings[TOTAL];
    for (int c = 0; c < CLASSES; c++) {
        const V probability = exp(LOAD(x + AT(X, c, 0, 0)) - largest) / total;
        const V target = (label == c ? (V)(TRUE_CLASS_TARGET + BASE_TARGET) : (V)(BASE_TARGET)) * CLASS_WEIGHT(c);
        EMIT(c, 0, 0, in_batch ? (probability * target_sum - target) * scale : ZERO);
    }
    STORE(in_batch ? loss * scale : ZERO, losses);
    STORE((in_batch & (predicted == label)) ? ONE : ZERO, correct);
}
