// Computes every number of a value from the numbers at the same position of other values: RESULT, an expression of what
// READ declares. A work item computes GROUP rows: of channels where a map is a single number, of one map otherwise.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int h = NEXT_INDEX(HEIGHT), first = item * GROUP;
    for (int c = first; c < min(first + GROUP, CHANNELS); c++) {
        READ_CHANNEL
        for (int w = 0; w < WIDTH; w++) {
            READ
            EMIT(c, h, w, RESULT);
        }
    }
}
