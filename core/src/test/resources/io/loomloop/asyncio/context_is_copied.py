import asyncio
from contextvars import ContextVar, copy_context

variable = ContextVar("variable", default="unset")


async def child(name):
    print(name, "sees", variable.get())
    variable.set(name)
    await asyncio.sleep(0)
    print(name, "keeps", variable.get())


async def main():
    loop = asyncio.get_running_loop()
    variable.set("main")
    a = asyncio.create_task(child("a"))
    loop.call_soon(lambda: print("callback sees", variable.get()))
    variable.set("changed")
    shared = copy_context()
    b = asyncio.create_task(child("b"), context=shared)
    await asyncio.wait([a, b])
    print("main keeps", variable.get(), "| shared", shared[variable])
    token = variable.set("for now")
    variable.reset(token)
    print(variable.get())
    await asyncio.to_thread(lambda: print("thread sees", variable.get()))


asyncio.run(main())
