// The factor that scales the gradient down to a norm of at most CLIP_NORM. One work item.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    float squares = 0.0f, error = 0.0f;
    for (int k = 0; k < SEGMENTS; k++) {
        const float next = norms[k] - error;  // Kahan's sum
        const float sum = squares + next;
        error = (sum - squares) - next;
        squares = sum;
    }
    const float norm = sqrt(squares);
    scale[0] = norm > CLIP_NORM ? CLIP_NORM / norm : 1.0f;
}
