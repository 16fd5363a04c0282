// Lays a value out as samples one after another, (N, numbers). A work item unloads one row.

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int h = TAKE(HEIGHT), c = g;
    const int count = header[COUNT];
    const int before = (c * HEIGHT + h) * WIDTH;
    for (int w = 0; w < WIDTH; w++) {
        float numbers[VW];
        STORE(LOAD(x + AT(X, c, h, w)), numbers);
        for (int k = 0; k < VW && sample + k < count; k++) {
            samples[(sample + k) * (CHANNELS * HEIGHT * WIDTH) + before + w] = numbers[k];
        }
    }
}
