import asyncio
from contextvars import ContextVar

variable = ContextVar("variable", default=0)


async def main():
    variable.set(variable.get() + 1)
    return asyncio.get_running_loop(), variable.get()


with asyncio.Runner() as runner:
    one, first = runner.run(main())
    two, second = runner.run(main())
    print(one is two, first, second, one is runner.get_loop())
    runner.get_loop().call_later(1, print, "never")
print(one.is_closed())
try:
    runner.get_loop()
except RuntimeError:
    print("the runner is closed")
