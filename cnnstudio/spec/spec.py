"""Spec: an immutable, validated set of declared parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, dataclass_transform

from cnnstudio.spec.declaration import choice, flag, integer, label_of, numbers, pair, params_of, real
from cnnstudio.spec.param import ParamError


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(integer, real, pair, numbers, choice, flag),
)
class Spec:
    """The base of layers, optimizers and schedules. Subclasses declare parameters as fields; every instance is valid.

    Raises ParamError, with the parameter in its message, for an invalid value.
    """

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        dataclass(frozen=True, kw_only=True)(cls)

    def __post_init__(self) -> None:
        for name, param in params_of(self):
            try:
                object.__setattr__(self, name, param.accept(getattr(self, name)))
            except ParamError as error:
                raise ParamError(f"{label_of(name, param)}: {error}") from None

    def with_params(self, **changes: object) -> Self:
        """A copy with some parameters changed. Raises ParamError for an invalid value."""
        return replace(self, **changes)  # type: ignore[type-var]  # every subclass is a dataclass

    def has_effect(self, name: str) -> bool:
        """Whether the parameter has an effect, given the values of the others."""
        when = dict(params_of(self))[name].when
        return when is None or (getattr(self, when[0]) in when[1] and self.has_effect(when[0]))

    def to_dict(self) -> dict[str, object]:
        """Convert to plain values for JSON, `kind` first."""
        values: dict[str, object] = {"kind": self.kind}
        for name, _ in params_of(self):
            value = getattr(self, name)
            values[name] = list(value) if isinstance(value, tuple) else value
        return values

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Restore what `to_dict` wrote. Unknown keys are ignored; missing ones take the default."""
        known = {name for name, _ in params_of(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})
