// How much of pixel `from` is in pixel `to` of a line that is enlarged `scale` times from `size` pixels: by repeating
// pixels, or by blending between their centres, the edges held.

static float nearest_share(const int to, const int from, const int scale, const int size)
{
    return to / scale == from ? 1.0f : 0.0f;
}

static float bilinear_share(const int to, const int from, const int scale, const int size)
{
    const float place = clamp((to + 0.5f) / scale - 0.5f, 0.0f, size - 1.0f);
    return max(0.0f, 1.0f - fabs(place - from));
}
