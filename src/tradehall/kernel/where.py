"""Conditions put together with their parameters; what clients send travels in parameters only."""

from dataclasses import dataclass, field


@dataclass
class Where:
    conditions: list[str] = field(default_factory=list)
    args: list[object] = field(default_factory=list)

    def place(self, value: object) -> str:
        self.args.append(value)
        return f"${len(self.args)}"

    def add(self, condition: str, *values: object) -> None:
        """`{}` in the condition stands for a value."""
        self.conditions.append(condition.format(*(self.place(value) for value in values)))

    @property
    def sql(self) -> str:
        return f"WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
