// The weight of input pixel `from` in output pixel `to` along one axis, for an enlargement by `scale` of `size` pixels:
// nearest neighbor, or bilinear with pixel centers aligned and edges clamped.

static float nearest_weight(const int to, const int from, const int scale, const int size)
{
    return to / scale == from ? 1.0f : 0.0f;
}

static float bilinear_weight(const int to, const int from, const int scale, const int size)
{
    const float place = clamp((to + 0.5f) / scale - 0.5f, 0.0f, size - 1.0f);
    return max(0.0f, 1.0f - fabs(place - from));
}
