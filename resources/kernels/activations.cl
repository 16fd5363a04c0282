// Activation functions, and their derivatives given the input x and the output y. An activation that is fused into a
// convolution does not keep its x, so its derivative uses y alone. NaN stays NaN.

#define ROOT_2_PI 0.7978845608028654f
#define CUBIC 0.044715f

static V relu(const V x, const float alpha, const float beta)
{
    return x < ZERO ? ZERO : x;
}

static V relu_derivative(const V x, const V y, const float alpha, const float beta)
{
    return y > ZERO ? ONE : ZERO;
}

static V leaky_relu(const V x, const float alpha, const float beta)
{
    return x < ZERO ? x * alpha : x;
}

static V leaky_relu_derivative(const V x, const V y, const float alpha, const float beta)
{
    return y > ZERO ? ONE : (V)(alpha);
}

static V elu(const V x, const float alpha, const float beta)
{
    return x < ZERO ? expm1(x) * alpha : x;
}

static V elu_derivative(const V x, const V y, const float alpha, const float beta)
{
    return y > ZERO ? ONE : y + alpha;
}

static V sigmoid(const V x, const float alpha, const float beta)
{
    const V e = exp(-fabs(x));  // never overflows, and keeps all digits in the tails
    return (x < ZERO ? e : ONE) / (1.0f + e);
}

static V sigmoid_derivative(const V x, const V y, const float alpha, const float beta)
{
    return (1.0f - y) * y;
}

static V hard_sigmoid(const V x, const float alpha, const float beta)
{
    const V line = x * alpha + beta;
    const V floored = line < ZERO ? ZERO : line;
    return floored > ONE ? ONE : floored;
}

static V hard_sigmoid_derivative(const V x, const V y, const float alpha, const float beta)
{
    return (1.0f - y) * y > ZERO ? (V)(alpha) : ZERO;
}

static V tanh_derivative(const V x, const V y, const float alpha, const float beta)
{
    return 1.0f - y * y;
}

static V softplus(const V x, const float alpha, const float beta)
{
    return (x < ZERO ? ZERO : x) + log1p(exp(-fabs(x)));
}

static V softplus_derivative(const V x, const V y, const float alpha, const float beta)
{
    return -expm1(-y);
}

static V silu(const V x, const float alpha, const float beta)
{
    return x * sigmoid(x, 0.0f, 0.0f);
}

static V silu_derivative(const V x, const V y, const float alpha, const float beta)
{
    return sigmoid(x, 0.0f, 0.0f) + y * sigmoid(-x, 0.0f, 0.0f);
}

// GELU, in its tanh form, is x (1 + tanh(u)) / 2 = x sigmoid(2 u): this is 2 u.
static V gelu_argument(const V x)
{
    return (x * x * (2.0f * ROOT_2_PI * CUBIC) + 2.0f * ROOT_2_PI) * x;
}

static V gelu(const V x, const float alpha, const float beta)
{
    return x * sigmoid(gelu_argument(x), 0.0f, 0.0f);
}

static V gelu_derivative(const V x, const V y, const float alpha, const float beta)
{
    const V argument = gelu_argument(x);
    const V argument_derivative = x * x * (6.0f * ROOT_2_PI * CUBIC) + 2.0f * ROOT_2_PI;
    return sigmoid(argument, 0.0f, 0.0f) + sigmoid(-argument, 0.0f, 0.0f) * y * argument_derivative;
}
