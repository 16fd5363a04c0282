"""Declared parameters, and `Spec`, an immutable validated set of them."""

from cnnstudio.spec.declaration import choice, flag, integer, label_of, numbers, pair, params_of, real
from cnnstudio.spec.param import ChoiceParam, FlagParam, NumberParam, NumbersParam, PairParam, Param, ParamError
from cnnstudio.spec.spec import Spec

__all__ = [
    "ChoiceParam",
    "FlagParam",
    "NumberParam",
    "NumbersParam",
    "PairParam",
    "Param",
    "ParamError",
    "Spec",
    "choice",
    "flag",
    "integer",
    "label_of",
    "numbers",
    "pair",
    "params_of",
    "real",
]
