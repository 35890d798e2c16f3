"""`tradehall plans …`: for operators at the machine. Imports stay inside the commands, as in `cli`."""

from typing import TYPE_CHECKING, Annotated

import typer

from tradehall.console import fail, in_database

if TYPE_CHECKING:
    from tradehall.kernel.db import Tx

app = typer.Typer(no_args_is_help=True, help="Plans: what stores may have, and what that costs.")


@app.command("list")
def list_plans() -> None:
    """All there are, in the order in which they are shown."""
    from tradehall.contracts.values import to_decimal
    from tradehall.services.stores.queries import plans as kept

    for plan in in_database("stores", lambda tx: kept.listed(tx, public_only=False)):
        cycles = " ".join(f"{cycle.months}:{cycle.discount}" for cycle in plan.cycles)
        limits = " ".join(
            "-" if n is None else str(n) for n in (plan.limits.products, plan.limits.staff, plan.limits.warehouses)
        )
        shown = "public" if plan.public else "given by operators"
        typer.echo(
            f"{plan.code:20} {to_decimal(plan.price, plan.currency)} {plan.currency}  {cycles}  {limits}  {shown}"
        )


@app.command("save")
def save_plan(
    code: Annotated[str, typer.Argument(help="Lower-case letters, digits, dashes; a code that is there is changed.")],
    name: Annotated[str, typer.Option(help="As people see it.")],
    price: Annotated[int, typer.Option(help="Of a month, in minor units.")],
    currency: str = "USD",
    cycle: Annotated[
        list[str] | None, typer.Option(help="months:discount in percent, as 12:10; may be repeated.")
    ] = None,
    products: Annotated[int | None, typer.Option(help="At most so many; without it, no limit.")] = None,
    staff: int | None = None,
    warehouses: int | None = None,
    sentence: str = "",
    theme: Annotated[str, typer.Option(help="What a new store looks like at first.")] = "plain",
    position: int = 0,
    public: bool = True,
) -> None:
    """Makes or changes a plan; all of it is said anew."""
    import msgspec

    from tradehall.kernel.validate import problems
    from tradehall.services.stores.api.plans import NewPlan, plan_of
    from tradehall.services.stores.api.shapes import PlanCode
    from tradehall.services.stores.queries import plans as kept

    given = {
        "name": name, "price": price, "currency": currency, "sentence": sentence, "theme": theme, "position": position,
        "public": public, "limits": {"products": products, "staff": staff, "warehouses": warehouses},
        "cycles": [_cycle(text) for text in cycle or ["1:0"]],
    }  # fmt: skip
    if wrong := [*problems(PlanCode, code, "code"), *problems(NewPlan, given)]:
        fail("; ".join(f"{error.field} {error.rule}" for error in wrong))

    async def save(tx: "Tx") -> None:
        await kept.save(tx, plan_of(code, msgspec.convert(given, NewPlan)))

    in_database("stores", save)
    typer.echo(f"saved {code}")


def _cycle(text: str) -> dict[str, int]:
    months, _, discount = text.partition(":")
    if not (months.isdecimal() and (discount or "0").isdecimal()):
        fail(f"{text} is not months:discount, as 12:10")
    return {"months": int(months), "discount": int(discount or 0)}
