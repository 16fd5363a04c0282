// Winograd's algorithm F(4 x 4, 3 x 3) (Lavin and Gray, 2015, after Winograd, 1980): 4 x 4 outputs of a convolution
// take 36 multiplications of transformed numbers instead of 144. Each transform here is one-dimensional and is applied
// to columns first, then to rows.

#define PATCH_SIZE 6  // pixels under a tile, which become as many transformed elements
#define TILE_SIZE 4  // outputs

// Transforms 6 pixels.
static void transform_pixels(const V* x, V* t)
{
    const V a = fma((V)(-4.0f), x[2], x[4]), b = fma((V)(-4.0f), x[1], x[3]), c = x[4] - x[2], d = x[3] - x[1];
    t[0] = fma((V)(4.0f), x[0], fma((V)(-5.0f), x[2], x[4]));
    t[1] = a + b;
    t[2] = a - b;
    t[3] = fma((V)(2.0f), d, c);
    t[4] = fma((V)(-2.0f), d, c);
    t[5] = fma((V)(4.0f), x[1], fma((V)(-5.0f), x[3], x[5]));
}

// Transforms back to 4 outputs.
static void inverse_transform(const V* t, V* y)
{
    const V s = t[1] + t[2], d = t[1] - t[2], u = t[3] + t[4], v = t[3] - t[4];
    y[0] = t[0] + s + u;
    y[1] = fma((V)(2.0f), v, d);
    y[2] = fma((V)(4.0f), u, s);
    y[3] = fma((V)(8.0f), v, d) + t[5];
}

// Transforms 3 weights.
static void transform_weights(const V* w, V* t)
{
    const V even = w[0] + w[2], far = w[0] + 4.0f * w[2];
    t[0] = 0.25f * w[0];
    t[1] = (even + w[1]) * (-1.0f / 6.0f);
    t[2] = (even - w[1]) * (-1.0f / 6.0f);
    t[3] = (far + 2.0f * w[1]) * (1.0f / 24.0f);
    t[4] = (far - 2.0f * w[1]) * (1.0f / 24.0f);
    t[5] = w[2];
}

// Transforms the gradients of 4 outputs.
static void transform_gradients(const V* y, V* t)
{
    const V s = y[0] + y[2], d = y[1] + y[3], u = fma((V)(4.0f), y[2], y[0]), v = 2.0f * fma((V)(4.0f), y[3], y[1]);
    t[0] = y[0];
    t[1] = s + d;
    t[2] = s - d;
    t[3] = u + v;
    t[4] = u - v;
    t[5] = y[3];
}

// Transforms back to the gradients of 3 weights.
static void inverse_transform_weights(const V* t, V* w)
{
    const V s = t[1] + t[2], d = t[1] - t[2], u = t[3] + t[4], v = t[3] - t[4];
    w[0] = fma((V)(0.25f), t[0], fma((V)(1.0f / 24.0f), u, s * (-1.0f / 6.0f)));
    w[1] = fma((V)(1.0f / 12.0f), v, d * (-1.0f / 6.0f));
    w[2] = fma((V)(1.0f / 6.0f), u, fma((V)(-1.0f / 6.0f), s, t[5]));
}
