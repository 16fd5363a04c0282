// What each optimizer does to a weight w, given its gradient g and what it remembers of the weight (a and b).

typedef struct {
    V w, a, b;
} Weight;

static Weight sgd(Weight m, const V g, const float rate)
{
    m.w -= g * rate;
    return m;
}

static Weight momentum(Weight m, const V g, const float rate, const float kept)
{
    m.a = m.a * kept - g * rate;
    m.w += m.a;
    return m;
}

static Weight nesterov(Weight m, const V g, const float rate, const float kept)
{
    m.a = m.a * kept - g * rate;
    m.w = m.w - g * rate + m.a * kept;
    return m;
}

static Weight adagrad(Weight m, const V g, const float rate, const float epsilon)
{
    m.a += g * g;
    m.w -= g / (sqrt(m.a) + epsilon) * rate;
    return m;
}

static Weight rmsprop(Weight m, const V g, const float rate, const float kept, const float epsilon)
{
    m.a = m.a * kept + g * g * (1.0f - kept);
    m.w -= g / (sqrt(m.a) + epsilon) * rate;
    return m;
}

static Weight adam(Weight m, const V g, const float rate, const float first, const float second, const float shrink,
            const float beta1, const float beta2, const float epsilon)
{
    m.w *= 1.0f - rate * shrink;
    m.a = m.a * beta1 + g * (1.0f - beta1);
    m.b = m.b * beta2 + g * g * (1.0f - beta2);
    m.w -= m.a / (sqrt(m.b / second) + epsilon) * (rate / first);
    return m;
}
