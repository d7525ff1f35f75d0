"""What every record has in common: frozen, strict, to JSON and back."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Base of every record: frozen, no unknown fields; NaN becomes null in JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null", populate_by_name=True)

    def to_json(self, indent: int | None = None) -> str:
        """This record as JSON text, by the names of the published schema."""
        return self.model_dump_json(by_alias=True, indent=indent)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record that `to_json` wrote; raises pydantic's ValidationError on anything else."""
        return cls.model_validate_json(text)
