// The update rules of the optimizers: parameter p.w, its gradient g, and the optimizer's slots for it (p.a and p.b).
// A `complement` is 1 - beta: the host computes it in double precision, for in float32 the difference loses digits.

typedef struct {
    V w, a, b;
} Parameter;

static Parameter sgd(Parameter p, const V g, const float rate)
{
    p.w -= g * rate;
    return p;
}

static Parameter momentum(Parameter p, const V g, const float rate, const float momentum)
{
    p.a = p.a * momentum - g * rate;
    p.w += p.a;
    return p;
}

static Parameter nesterov(Parameter p, const V g, const float rate, const float momentum)
{
    p.a = p.a * momentum - g * rate;
    p.w = p.w - g * rate + p.a * momentum;
    return p;
}

static Parameter adagrad(Parameter p, const V g, const float rate, const float epsilon)
{
    p.a += g * g;
    p.w -= g / (sqrt(p.a) + epsilon) * rate;
    return p;
}

static Parameter rmsprop(Parameter p, const V g, const float rate, const float decay, const float complement,
                         const float epsilon)
{
    p.a = p.a * decay + g * g * complement;
    p.w -= g / (sqrt(p.a) + epsilon) * rate;
    return p;
}

static Parameter adam(Parameter p, const V g, const float rate, const float correction1, const float correction2,
                      const float decay, const float beta1, const float complement1, const float beta2,
                      const float complement2, const float epsilon)
{
    p.w *= 1.0f - rate * decay;
    p.a = p.a * beta1 + g * complement1;
    p.b = p.b * beta2 + g * g * complement2;
    p.w -= p.a / (sqrt(p.b / correction2) + epsilon) * (rate / correction1);
    return p;
}
