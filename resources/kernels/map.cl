// Computes every number of a value from the numbers at the same place of others: RESULT, an expression of what
// READ declares. A work item computes GROUP rows: of channels where maps have one row, of one map otherwise.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int h = TAKE(HEIGHT), first = g * GROUP;
    for (int c = first; c < min(first + GROUP, CHANNELS); c++) {
        READ_CHANNEL
        for (int w = 0; w < WIDTH; w++) {
            READ
            EMIT(c, h, w, RESULT);
        }
    }
}
